"""config.json, the environment and .env, turned into frozen, validated models."""
