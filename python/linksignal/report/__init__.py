"""The report: one HTML file that shows what the findings say."""

# What the file is called, unless the user names it.
REPORT_NAME = "linksignal_report.html"
