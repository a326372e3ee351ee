"""The outside over HTTP and files, behind the Protocols of `services.ports`. A folder for each system.

The only code that sees raw outside text: it masks on the way in. Nothing here but `bot` joins it.
"""
