"""What Lastsync knows and decides. No Slack, no HTTP but in connectors, no templates, no scheduler."""
