"""Prefect flows over kgqa's functions: retries, timeouts, caching, schedules, reports.

Only here is Prefect imported. `kgqa flows` is the command line over these modules.
"""
