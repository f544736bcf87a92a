"""All rows of the correlation table, main and beside."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from linksignal.stats.arrays import Floats
from linksignal.stats.blocks import Block, Pair, split_into_blocks
from linksignal.stats.estimate import Estimate
from linksignal.stats.estimators.concordance import (
    Concordance,
    concordance,
    tau_estimates,
)
from linksignal.stats.estimators.fisher import MIN_INFLUENCE_ROWS, on_z_scale
from linksignal.stats.estimators.leverage import is_light_tailed
from linksignal.stats.estimators.limits import (
    areas_under_curve,
    ceilings,
    shares_of_ceiling,
)
from linksignal.stats.estimators.new_prompts import (
    Replicates,
    correlations_without,
    new_prompt_interval,
    prompt_errors,
)
from linksignal.stats.estimators.permutation import (
    cyclic_p_values,
    drawn_p_values,
    family_wise,
    null_draws,
)
from linksignal.stats.estimators.product_moment import (
    abc_estimates,
    jackknife,
)
from linksignal.stats.estimators.rank_correlation import (
    RankScores,
    left_out_spearman,
    rank_correlations,
    rank_estimates,
)
from linksignal.stats.frames import Study
from linksignal.stats.prompt_groups import PromptGroups
from linksignal.stats.registry import Cell, Registry
from linksignal.stats.rules import MIN_ROWS, Status, smallest_detectable_r
from linksignal.stats.tables.cells import (
    KENDALL,
    MAIN,
    PARTIAL,
    PEARSON,
    PEARSON_LOG1P,
    PRIMARY_METHODS,
    SPEARMAN,
    Found,
    RowKey,
    Sampling,
    Sheet,
)
from linksignal.stats.tables.sensitivities import (
    CLUSTERED,
    HALVES,
    LEAVE_ONE_OUT,
    POSITIVES,
    TOP_DROPPED,
    WINSORISED,
    clustered,
    group_by_category,
    half_columns,
    most_influential_row,
    positives_only,
    prompt_halves,
    top_1_percent_dropped,
    winsorised_1_percent,
    without_one,
)

BY_ERROR = "student_t"
BY_PERMUTATION = "permutation"

# Many small groups of shifts together reject too often: 6.3 % in place of 5
# at 30 domains, 5.0 % at 100.
FEWEST_CYCLIC_ROWS = 100

# What is held fixed for a signal, and for every signal that is not named: the
# authority score contains the volumes.
CONTROLS: Mapping[str, tuple[str, ...]] = {
    "authority_score": ("referring_domains", "total_backlinks")
}
USUAL_CONTROLS = ("authority_score",)


FEW_BESIDE_CONTROLS = (
    f"Fewer than {MIN_ROWS} domains are left, as each control takes one."
)
NOTHING_LEFT = "The controls leave nothing of the signal or the outcome."


def controls_of(signal: str) -> tuple[str, ...]:
    """Name what is held fixed for a signal.

    Parameters
    ----------
    signal : str
        Key of the signals registry.

    Returns
    -------
    tuple of str
        Other signals: both volumes for the authority score, which contains
        them; the authority score for every other signal.
    """
    return CONTROLS.get(signal, USUAL_CONTROLS)


@dataclass(frozen=True)
class Inputs:
    """What all rows are made of.

    Attributes
    ----------
    study : Study
        Signals, outcomes and their halves.
    registry : Registry
        Cells and transforms.
    categories : mapping of str to str
        Category by domain.
    sampling : Sampling
        Seed, draws and confidence level.
    main_outcomes : frozenset of str
        Outcomes that have rows by every method, and sensitivity rows.
    prompt_groups : PromptGroups or None
        Outcomes without each group of prompts.
    """

    study: Study
    registry: Registry
    categories: Mapping[str, str]
    sampling: Sampling
    main_outcomes: frozenset[str]
    prompt_groups: PromptGroups | None

    @property
    def controls(self) -> dict[str, tuple[str, ...]]:
        """Controls of every signal whose controls are registered."""
        signals = dict.fromkeys(cell.signal for cell in self.registry.cells)
        by_signal = {signal: controls_of(signal) for signal in signals}
        return {
            signal: controls
            for signal, controls in by_signal.items()
            if set(controls) <= signals.keys()
        }

    def is_main(self, cell: Cell) -> bool:
        """Return whether a cell has rows by every method."""
        return cell.outcome in self.main_outcomes


@dataclass
class Findings:
    """Rows of the table by key, and which of them are tested together.

    Attributes
    ----------
    rows : dict of RowKey to Found
        All rows.
    joint : list of dict of RowKey to float
        p values that are family-wise among the rows of each.
    """

    rows: dict[RowKey, Found] = field(default_factory=dict)
    joint: list[dict[RowKey, float]] = field(default_factory=list)

    def add(
        self,
        found: Mapping[Pair, Found],
        method: str,
        sensitivity: str = MAIN,
    ) -> None:
        """Add rows of one method and sensitivity."""
        for pair, one in found.items():
            self.rows[RowKey(pair, method, sensitivity)] = one

    def note(self, key: RowKey, **notes: object) -> None:
        """Say more in one row."""
        self.rows[key] = self.rows[key].noted(**notes)


def find_all(inputs: Inputs) -> Findings:
    """Compute every row of the correlation table.

    Parameters
    ----------
    inputs : Inputs
        Study, registry, categories and sampling.

    Returns
    -------
    Findings
    """
    findings = Findings()
    pairs = {
        Pair(cell.signal, cell.outcome_column): inputs.is_main(cell)
        for cell in inputs.registry.cells
    }
    for block in split_into_blocks(inputs.study, pairs):
        rows = _BlockRows(block, inputs, findings)
        for outcome in block.outcomes:
            of_outcome = [p for p in block.pairs if p.outcome == outcome]
            rows.add_outcome(of_outcome, pairs[of_outcome[0]])
        for method in (*PRIMARY_METHODS, PEARSON):
            rows.add_tests(method)
    controls = inputs.controls
    controlled = [p for p in pairs if pairs[p] and p.signal in controls]
    for block in split_into_blocks(inputs.study, controlled, controls):
        for given in dict.fromkeys(controls[p.signal] for p in block.pairs):
            _add_partial(block, given, inputs, findings)
    return findings


class _BlockRows:
    """Finds the rows of the pairs of one block, and adds them."""

    def __init__(
        self, block: Block, inputs: Inputs, findings: Findings
    ) -> None:
        self.block, self.inputs, self.findings = block, inputs, findings
        self.ci_level = inputs.sampling.ci_level
        transforms = inputs.registry.transforms
        self.sheet = Sheet.of(block, transforms, self.ci_level)
        self.grouping = group_by_category(
            [*map(inputs.categories.get, block.domains)]
        )

    def add_outcome(self, pairs: Sequence[Pair], is_main: bool) -> None:
        """Add the rows of signals with one outcome, but for their tests."""
        if is_main:
            self._add_changed(pairs)
        for method in PRIMARY_METHODS:
            usable = self._usable(pairs, method)
            if is_main:
                self._add_unusable(pairs, method)
                self._add_halves(pairs, method)
            if usable and method == SPEARMAN:
                self._add_spearman(usable, is_main)
            elif usable:
                self._add_pearson_log1p(usable, is_main)
        if is_main:
            self._usable(pairs, KENDALL)
            self._add_kendall(self._usable(pairs, SPEARMAN, add=False))
            self._add_raw_pearson(self._usable(pairs, PEARSON))

    def _usable(
        self, pairs: Sequence[Pair], method: str, add: bool = True
    ) -> list[Pair]:
        """Return the pairs without a rule in the way; add the other rows."""
        statuses = {pair: self.sheet.status(pair, method) for pair in pairs}
        if add:
            broken = {p: s for p, s in statuses.items() if s is not Status.OK}
            self.findings.add(self._unusable(broken), method)
        return [pair for pair in pairs if statuses[pair] is Status.OK]

    def _unusable(self, statuses: Mapping[Pair, Status]) -> dict[Pair, Found]:
        row_count = self.sheet.row_count
        return {
            pair: Found(
                Estimate(row_count, status=status), self.sheet.described(pair)
            )
            for pair, status in statuses.items()
        }

    def _add_spearman(self, pairs: Sequence[Pair], is_main: bool) -> None:
        signals = self._ranked(tuple(pair.signal for pair in pairs))
        outcome = RankScores([self.sheet.variables[pairs[0].outcome]])
        found = rank_correlations(signals, outcome)
        self._add_main(
            pairs,
            SPEARMAN,
            rank_estimates(found, self.sheet.clusters, self.ci_level),
        )
        if is_main:
            counts = self._concordance(tuple(pairs))
            left_out = left_out_spearman(signals, outcome, found, counts.sums)
            self._add_left_out(pairs, SPEARMAN, left_out)
            influences = on_z_scale(found.estimates, found.influences)
            self._add_clustered(pairs, SPEARMAN, influences)

    def _add_pearson_log1p(self, pairs: Sequence[Pair], is_main: bool) -> None:
        logged = self.sheet.logged
        found = jackknife(
            [logged[pair.signal] for pair in pairs],
            logged[pairs[0].outcome],
            self.sheet.clusters,
            self.ci_level,
        )
        self._add_main(pairs, PEARSON_LOG1P, found.estimates)
        if is_main:
            self._add_left_out(pairs, PEARSON_LOG1P, found.left_out)
            self._add_clustered(pairs, PEARSON_LOG1P, found.influences)

    def _ranked(self, signals: tuple[str, ...]) -> RankScores:
        if signals not in self._ranks:
            variables = [self.sheet.variables[name] for name in signals]
            self._ranks[signals] = RankScores(variables)
        return self._ranks[signals]

    @cached_property
    def _ranks(self) -> dict[tuple[str, ...], RankScores]:
        return {}

    def _concordance(self, pairs: tuple[Pair, ...]) -> Concordance:
        """Return the concordance of one outcome, kept for Kendall's row."""
        if self._counted[0] != pairs:
            variables = self.sheet.variables
            groups = [variables[pair.signal].groups for pair in pairs]
            outcome = variables[pairs[0].outcome].groups
            self._counted = pairs, concordance(groups, outcome)
        assert self._counted[1] is not None
        return self._counted[1]

    _counted: tuple[tuple[Pair, ...], Concordance | None] = ((), None)

    def _add_kendall(self, pairs: Sequence[Pair]) -> None:
        if not pairs:
            return
        variables = self.sheet.variables
        estimates = tau_estimates(
            [variables[pair.signal] for pair in pairs],
            variables[pairs[0].outcome],
            self._concordance(tuple(pairs)),
            self.sheet.clusters,
            self.ci_level,
        )
        is_by_error = self._is_by_error(KENDALL)
        self.findings.add(
            {
                pair: Found(estimate, self.sheet.described(pair)).tested(
                    BY_ERROR if is_by_error else BY_PERMUTATION
                )
                for pair, estimate in zip(pairs, estimates, strict=True)
            },
            KENDALL,
        )

    def _add_raw_pearson(self, pairs: Sequence[Pair]) -> None:
        if not pairs:
            return
        left = self.sheet.scores([pair.signal for pair in pairs], PEARSON)
        right = self.sheet.variables[pairs[0].outcome].scores
        clusters = self.sheet.clusters
        estimates = abc_estimates(left, right, clusters, self.ci_level)
        self._add_main(pairs, PEARSON, estimates)
        for pair in pairs:
            is_light = [self._is_light(n) for n in (pair.signal, pair.outcome)]
            self.findings.note(RowKey(pair, PEARSON), is_reliable=all(is_light))

    def _is_light(self, name: str) -> bool:
        if name not in self._light:
            values = self.sheet.variables[name].values
            self._light[name] = is_light_tailed(values)
        return self._light[name]

    @cached_property
    def _light(self) -> dict[str, bool]:
        return {}

    def _add_main(
        self, pairs: Sequence[Pair], method: str, estimates: Sequence[Estimate]
    ) -> None:
        signals, outcome = [pair.signal for pair in pairs], pairs[0].outcome
        left = self.sheet.scores(signals, method)
        right = self.sheet.scores([outcome], method)
        ascending = (np.sort(scores, axis=0) for scores in (left, right))
        largest, lowest = (limit[:, 0] for limit in ceilings(*ascending))
        coefficients = np.array([one.estimate for one in estimates])
        ranks = [self.sheet.variables[name].ranks for name in signals]
        is_mentioned = self.sheet.variables[outcome].values > 0
        columns = {
            "ceiling": largest,
            "share_of_ceiling": shares_of_ceiling(
                coefficients, largest, lowest
            ),
            "auc": areas_under_curve(np.column_stack(ranks), is_mentioned),
            "se_prompt": self._prompt_errors(left, outcome, method),
        }
        for at, (pair, estimate) in enumerate(
            zip(pairs, estimates, strict=True)
        ):
            notes = {
                name: float(column[at]) for name, column in columns.items()
            }
            low, high = new_prompt_interval(
                estimate, notes["se_prompt"], self.ci_level
            )
            row = Found(estimate, self.sheet.described(pair)).noted(
                **notes, ci_low_new_prompts=low, ci_high_new_prompts=high
            )
            self.findings.add({pair: row}, method)

    def _prompt_errors(self, left: Floats, outcome: str, method: str) -> Floats:
        groups = self.inputs.prompt_groups
        is_primary = method in PRIMARY_METHODS
        if groups is None or not is_primary or not groups.knows(outcome):
            return np.full(left.shape[1], np.nan)
        transform = self.sheet.transforms[outcome]
        # A share of one platform is its mentions over a common sum, which
        # changes neither ranks nor, as it stands, a linear correlation.
        if method == SPEARMAN or transform == "none":
            outcome = groups.proportional(outcome)
        change = None if method == SPEARMAN else transform
        rows = self.block.rows
        values = groups.study.columns[outcome][rows]
        # Sums over tallies lose what one huge count outweighs; those of ranks
        # and logarithms do not.
        is_tallied = groups.is_counted(outcome) and change != "none"
        if is_tallied and not np.isnan(values).any():
            if self._replicated[0] != outcome:
                changes = groups.changes(outcome, rows)
                self._replicated = outcome, Replicates.of(values, changes)
            replicates = self._replicated[1]
            assert replicates is not None
            found = replicates.correlations(left, change)
            return prompt_errors(found[groups.is_known_without(outcome)])
        if self._left_over[0] != outcome:
            self._left_over = outcome, [*groups.without(outcome)]
        outcomes = (left_over[rows] for left_over in self._left_over[1])
        return prompt_errors(correlations_without(left, outcomes, change))

    # What is left of one outcome, kept for the second method.
    _replicated: tuple[str, Replicates | None] = ("", None)
    _left_over: tuple[str, Sequence[Floats]] = ("", ())

    def _add_changed(self, pairs: Sequence[Pair]) -> None:
        signals, outcome = [pair.signal for pair in pairs], pairs[0].outcome
        for name, change in (
            (POSITIVES, positives_only),
            (TOP_DROPPED, top_1_percent_dropped),
            (WINSORISED, winsorised_1_percent),
        ):
            for part in change(self.sheet, signals, outcome):
                for method in PRIMARY_METHODS:
                    found = part.sheet.correlate(part.signals, outcome, method)
                    self._add_beside(found, method, name)

    def _add_unusable(self, pairs: Sequence[Pair], method: str) -> None:
        """Add rows that those with an estimate of the main row go over."""
        statuses = {pair: self.sheet.status(pair, method) for pair in pairs}
        for name in (LEAVE_ONE_OUT, CLUSTERED):
            self._add_beside(self._unusable(statuses), method, name)

    def _add_halves(self, pairs: Sequence[Pair], method: str) -> None:
        outcome, columns = pairs[0].outcome, self.inputs.study.columns
        unknown = np.full(len(self.inputs.study.domains), np.nan)
        halves = {
            name: columns.get(name, unknown)[self.block.rows]
            for name in half_columns(outcome)
        }
        found = prompt_halves(self.sheet, outcome, halves, method)
        is_known = ~np.logical_or(*map(np.isnan, halves.values()))
        names = [*(pair.signal for pair in pairs), outcome]
        part = self.sheet.part(is_known, names)
        rows = {pair: found.noted(**part.described(pair)) for pair in pairs}
        self._add_beside(rows, method, HALVES)

    def _add_left_out(
        self, pairs: Sequence[Pair], method: str, left_out: Floats
    ) -> None:
        # Many signals hang most on the same domain.
        signals: dict[int, list[str]] = {}
        for at, pair in enumerate(pairs):
            main = self.findings.rows[RowKey(pair, method)].estimate
            row = most_influential_row(main.estimate, left_out[:, at])
            signals.setdefault(row, []).append(pair.signal)
        for row, names in signals.items():
            found = without_one(
                self.sheet, names, pairs[0].outcome, method, row
            )
            domain = {"influential_domain": self.block.domains[row]}
            noted = {pair: one.noted(**domain) for pair, one in found.items()}
            self._add_beside(noted, method, LEAVE_ONE_OUT)

    def _add_clustered(
        self, pairs: Sequence[Pair], method: str, influences: Floats
    ) -> None:
        main = [self.findings.rows[RowKey(pair, method)] for pair in pairs]
        estimates = np.array([row.estimate.estimate for row in main])
        found = clustered(estimates, influences, self.grouping, self.ci_level)
        for pair, (estimate, n_eff) in zip(pairs, found, strict=True):
            notes = self.sheet.described(pair)
            if not math.isnan(n_eff):
                detectable = smallest_detectable_r(n_eff)
                known = {"n_eff": n_eff, "smallest_detectable_r": detectable}
                self.findings.note(RowKey(pair, method), **known)
                notes |= known
            self._add_beside({pair: Found(estimate, notes)}, method, CLUSTERED)

    def _add_beside(
        self, found: Mapping[Pair, Found], method: str, sensitivity: str
    ) -> None:
        rows = {pair: one.tested(BY_ERROR) for pair, one in found.items()}
        self.findings.add(rows, method, sensitivity)

    def add_tests(self, method: str) -> None:
        """Add the p values that permutations give, and the family-wise."""
        rows = self.findings.rows
        keys = [
            key
            for key in (RowKey(pair, method) for pair in self.block.pairs)
            if key in rows and not math.isnan(rows[key].estimate.estimate)
        ]
        if not keys:
            return
        table = _Table(self.sheet, keys, method)
        if self._is_by_error(method):
            p_values = [rows[key].estimate.p_value for key in keys]
        else:
            p_values = self._permuted(table, method)
        how = BY_ERROR if self._is_by_error(method) else BY_PERMUTATION
        _add_tested(self.findings, keys, p_values, how)
        normals = self._normals(table.left.shape[1], table.right.shape[1])
        draws = null_draws(table.left, table.right, normals)
        _add_joint(self.findings, keys, table.take(draws))

    def _normals(self, *shape: int) -> Floats:
        """Return normal numbers (B, s, o), for each method the same ones."""
        shape = (self.inputs.sampling.draw_count, *shape)
        size = math.prod(shape)
        if self._drawn.size < size:
            self._drawn = _random(self.block, self.inputs).standard_normal(size)
        return self._drawn[:size].reshape(shape)

    _drawn: Floats = np.empty(0)

    def _is_by_error(self, method: str) -> bool:
        """Return whether p values are those of a row's own error."""
        if self.sheet.clusters is not None:
            return True
        is_small = self.sheet.row_count < MIN_INFLUENCE_ROWS
        return not is_small and method != PEARSON

    def _permuted(self, table: _Table, method: str) -> list[float]:
        sampling = self.inputs.sampling
        generator = self.block.generator(sampling.seed, "permutation")
        count = sampling.draw_count
        if self.sheet.row_count >= FEWEST_CYCLIC_ROWS:
            found = cyclic_p_values(table.left, table.right, generator, count)
        else:
            none = np.empty((self.sheet.row_count, 0))
            found = drawn_p_values(
                table.left, table.right, none, generator, count
            )
        return [float(p) for p in table.take(found)]


class _Table:
    """Scores of the signals and outcomes of some rows, and their places."""

    def __init__(
        self, sheet: Sheet, keys: Sequence[RowKey], method: str
    ) -> None:
        signals = [*dict.fromkeys(key.pair.signal for key in keys)]
        outcomes = [*dict.fromkeys(key.pair.outcome for key in keys)]
        self.left = sheet.scores(signals, method)
        self.right = sheet.scores(outcomes, method)
        self.rows = [signals.index(key.pair.signal) for key in keys]
        self.columns = [outcomes.index(key.pair.outcome) for key in keys]

    def take(self, table: Floats) -> Floats:
        """Take the cells (..., m) of the rows out of (..., s, o)."""
        return np.asarray(table[..., self.rows, self.columns])


def _add_tested(
    findings: Findings,
    keys: Sequence[RowKey],
    p_values: Sequence[float],
    how: str,
) -> None:
    for key, p_value in zip(keys, p_values, strict=True):
        row = findings.rows[key]
        estimate = replace(row.estimate, p_value=p_value)
        findings.rows[key] = replace(row, estimate=estimate).tested(how)


def _random(block: Block, inputs: Inputs) -> np.random.Generator:
    return block.generator(inputs.sampling.seed, "family")


def _add_joint(
    findings: Findings, keys: Sequence[RowKey], draws: Floats
) -> None:
    """Add p values that are family-wise among rows on the same domains."""
    p_values = np.array([findings.rows[k].estimate.p_value for k in keys])
    found = dict(zip(keys, family_wise(p_values, draws).tolist(), strict=True))
    joint = {key: p for key, p in found.items() if not math.isnan(p)}
    if joint:
        findings.joint.append(joint)


def _add_partial(
    block: Block, given: tuple[str, ...], inputs: Inputs, findings: Findings
) -> None:
    """Add the partial rows of the pairs with the same controls."""
    ci_level = inputs.sampling.ci_level
    sheet = Sheet.of(block, inputs.registry.transforms, ci_level)
    controls_of_signal = inputs.controls
    pairs = [p for p in block.pairs if controls_of_signal[p.signal] == given]
    statuses = {pair: _partial_status(sheet, pair, given) for pair in pairs}
    usable = [pair for pair in pairs if statuses[pair] is Status.OK]
    signals = [*dict.fromkeys(pair.signal for pair in usable)]
    outcomes = [*dict.fromkeys(pair.outcome for pair in usable)]
    controls = [sheet.variables[name] for name in given]
    sides = [
        RankScores([sheet.variables[name] for name in names], controls)
        if names
        else None
        for names in (signals, outcomes)
    ]
    left, right = (
        _left_of(side, names)
        for side, names in zip(sides, (signals, outcomes), strict=True)
    )
    reasons = {
        pair: FEW_BESIDE_CONTROLS
        for pair, status in statuses.items()
        if status is Status.TOO_FEW and sheet.row_count >= MIN_ROWS
    }
    for pair in usable:
        if pair.signal not in left:
            statuses[pair] = Status.CONSTANT_SIGNAL
        elif pair.outcome not in right:
            statuses[pair] = Status.CONSTANT_OUTCOME
        if statuses[pair] is not Status.OK:
            reasons[pair] = NOTHING_LEFT
    note = {"controls": ", ".join(given)}
    for pair in pairs:
        described = {**sheet.described(pair), **note}
        broken = Estimate(
            sheet.row_count, status=statuses[pair], reason=reasons.get(pair)
        )
        findings.add({pair: Found(broken, described)}, PARTIAL)
    kept = [pair for pair in usable if statuses[pair] is Status.OK]
    if not kept:
        return
    scores = RankScores([sheet.variables[name] for name in left], controls)
    by_outcome = {}
    for outcome in right:
        other = RankScores([sheet.variables[outcome]], controls)
        found = rank_correlations(scores, other)
        estimates = rank_estimates(found, sheet.clusters, ci_level, len(given))
        by_outcome[outcome] = dict(zip(left, estimates, strict=True))
    keys = [RowKey(pair, PARTIAL) for pair in kept]
    for key in keys:
        row = findings.rows[key]
        estimate = by_outcome[key.pair.outcome][key.pair.signal]
        findings.rows[key] = replace(row, estimate=estimate).tested(BY_ERROR)
    right_scores = RankScores(
        [sheet.variables[name] for name in right], controls
    ).values
    rows = [left.index(key.pair.signal) for key in keys]
    columns = [right.index(key.pair.outcome) for key in keys]
    if sheet.row_count < MIN_INFLUENCE_ROWS and sheet.clusters is None:
        permuted = drawn_p_values(
            scores.values,
            right_scores,
            scores.basis,
            block.generator(inputs.sampling.seed, "permutation"),
            inputs.sampling.draw_count,
        )
        p_values = permuted[rows, columns].tolist()
        _add_tested(findings, keys, p_values, BY_PERMUTATION)
    shape = (inputs.sampling.draw_count, len(left), len(right))
    normals = _random(block, inputs).standard_normal(shape)
    draws = null_draws(scores.values, right_scores, normals)
    _add_joint(findings, keys, draws[:, rows, columns])


def _left_of(side: RankScores | None, names: Sequence[str]) -> list[str]:
    """Name the variables of which the controls leave anything."""
    if side is None:
        return []
    return [
        n for n, is_left in zip(names, side.is_left, strict=True) if is_left
    ]


def _partial_status(sheet: Sheet, pair: Pair, given: Sequence[str]) -> Status:
    """Apply the rules of every estimate, and ask a row for each control."""
    status = sheet.status(pair, SPEARMAN)
    if status is not Status.OK:
        return status
    if sheet.row_count < MIN_ROWS + len(given):
        return Status.TOO_FEW
    is_finite = all(sheet.variables[n].profile.is_finite for n in given)
    return Status.OK if is_finite else Status.UNRELIABLE
