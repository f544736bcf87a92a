# The two commands: make build, make test. Each does its own set-up: Python
# 3.11 to 3.13 and a package index are all they need.

SUPPORTED := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
	$$python -c '$(SUPPORTED)' 2>/dev/null && echo $$python && break; done)
BIN := .venv/bin
READY := .venv/.ready
SQL := models tests/generic python/linksignal/load/sql
PROCESSES ?= 2

export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := build
SPARK_READY := .venv-spark/.ready
.PHONY: help build quick quick-tests test fuzz style types lint docs report \
	picture refresh torture spark sample calibrate lock clean

help: ## This list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | \
		expand -t 18

build: $(READY) ## The sample study: set up, dbt build, the verdicts
	@$(BIN)/linksignal build

# What a change usually needs: no test that waits for dbt or a browser or draws
# many studies; of a test that loads files again and again, the first case. The
# types are checked beside the tests: without a cache they take half a minute.
quick: style ## Style, types and the quick tests
	@$(MAKE) --no-print-directory --jobs 2 types quick-tests

quick-tests: $(READY)
	$(BIN)/pytest -m "not slow" --numprocesses $(PROCESSES) --dist loadfile \
		--no-loadscope-reorder

# The tests of a file share what they build, so they stay in one process. One
# that takes 15 minutes hangs: it ends its process, which is not started again,
# and says where it stood.
test: $(READY) ## All tests
	$(BIN)/pytest --numprocesses $(PROCESSES) --dist loadfile \
		--no-loadscope-reorder --max-worker-restart 0 \
		-o faulthandler_timeout=900 -o faulthandler_exit_on_timeout=true

# Ten times as many broken files as the tests: 20,000, and 1,000 loads in full;
# some ten minutes.
fuzz: $(READY) ## 20,000 broken files against the loader
	LINKSIGNAL_FUZZ_FACTOR=10 $(BIN)/pytest tests/python/load/test_fuzz.py

style: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY)
	$(BIN)/mypy

lint: style types ## Style, types and SQL
	$(BIN)/sqlfluff lint --processes 2 $(SQL)

# The findings as one page to look at: linksignal_report.html.
report: $(READY) ## linksignal_report.html of the built sample
	$(BIN)/linksignal report

# Needs chromium. The first screen of the sample's report, for the README.
picture: $(READY) ## docs/report.webp of the built sample
	$(BIN)/linksignal report --out target/report.html
	chromium --headless --no-sandbox --disable-gpu --hide-scrollbars \
		--force-device-scale-factor=1.5 --window-size=1280,830 \
		--screenshot=$(CURDIR)/docs/report.webp \
		file://$(CURDIR)/target/report.html

# make refresh ROOT=/srv/linksignal RAW=/srv/raw
refresh: $(READY) ## ROOT=... RAW=...: build from raw tables and publish
	$(BIN)/linksignal refresh --root $(ROOT) --raw $(RAW)

# Minutes: random kills, more faults, readers that poll more often, and more
# orders of loading.
torture: $(READY) ## More kills, faults and readers than the tests
	LINKSIGNAL_KILLS=100 LINKSIGNAL_READS=5000 $(BIN)/pytest \
		tests/python/publish/test_torture.py \
		tests/python/publish/test_faults.py \
		tests/python/publish/test_others_files.py \
		tests/python/publish/test_readers.py \
		tests/python/publish/test_refresh_after_loads.py

# In an environment of its own, some 2 GB, which has Java for a machine that
# has none.
spark: $(SPARK_READY) ## The link models on Spark against DuckDB; minutes
	LINKSIGNAL_NEED_SPARK=1 .venv-spark/bin/pytest tests/python/spark

docs: $(READY) ## dbt's documentation site as one page
	$(BIN)/dbt docs generate --static

# Regenerates the bundled sample; its content does not change.
sample: $(READY) ## Draw the bundled sample again
	$(BIN)/linksignal simulate --out seeds/sample --overwrite

# Hours of simulation; the tests run a quick form. Finished parts are kept in
# target/calibration.jsonl: remove it when the statistics have changed. It
# makes the pages in analysis/, and target/calibration.md: intervals, contrasts.
calibrate: $(READY) ## How often intervals and verdicts err; hours
	PYTHONPATH=tests $(BIN)/python -m calibration --single-p \
		--processes $(PROCESSES)
	PYTHONPATH=tests $(BIN)/python -m calibration --panel \
		--processes $(PROCESSES)
	PYTHONPATH=tests $(BIN)/python -m calibration --joint \
		--processes $(PROCESSES)
	PYTHONPATH=tests $(BIN)/python -m calibration --ledger \
		--processes $(PROCESSES)
	PYTHONPATH=tests $(BIN)/python -m calibration --processes $(PROCESSES)

# Needs uv. The lock writes no addresses, so any package index will do.
lock: ## Pin the requirements anew
	uv pip compile --quiet --universal --python-version 3.11 \
		--generate-hashes --extra dev --extra build --no-header \
		--upgrade pyproject.toml -o requirements.lock
	uv pip compile --quiet --universal --python-version 3.11 \
		--generate-hashes --all-extras --group spark-tests --no-header \
		--constraints requirements.lock pyproject.toml \
		-o requirements-spark.lock

clean: ## Remove the environments, target and logs
	rm -rf .venv .venv-spark target logs

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c '$(SUPPORTED)' 2>/dev/null || { echo "linksignal needs" \
		"Python 3.11, 3.12 or 3.13: make PYTHON=/path/to/it build"; exit 2; }
	$(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --no-deps --require-hashes \
		--only-binary :all: -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

# These come as source alone, which needs no compiler: pyspark holds Spark.
$(SPARK_READY): requirements-spark.lock pyproject.toml
	@$(PYTHON) -c '$(SUPPORTED)' 2>/dev/null || { echo "linksignal needs" \
		"Python 3.11, 3.12 or 3.13: make PYTHON=/path/to/it spark"; exit 2; }
	$(PYTHON) -m venv --clear .venv-spark
	.venv-spark/bin/python -m pip install --quiet --no-deps \
		--require-hashes --only-binary :all: \
		--no-binary pyspark,pyhive,pure-sasl,thrift \
		-r requirements-spark.lock
	.venv-spark/bin/python -m pip install --quiet --no-deps \
		--no-build-isolation -e .
	@touch $@
