"""What an adapter is checked for: each a rule of ``docs/protocol.md``, and what to do where it is broken."""
