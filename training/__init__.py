"""How the embedded model is trained: data set, captions, scores, trainer, evaluation."""
