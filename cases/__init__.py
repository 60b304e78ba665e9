"""What engines are certified against; `pytest --pyargs cases` runs it wherever stopwat is installed."""
