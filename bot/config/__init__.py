"""config.json, the environment and .env, turned into frozen, validated models.

`load_config` reads every source and returns a `Config`, or raises a `ConfigError` that tells everything that is wrong.
Import it from `bot.config.load`; the models are in the module of their section.
"""
