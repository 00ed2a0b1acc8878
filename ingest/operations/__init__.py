"""How a long-running command is watched: metrics of every hop, whether it lives and can work, logs without values."""
