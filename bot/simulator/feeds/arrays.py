"""What the columns of feeds are while they are worked out."""

import numpy as np
import numpy.typing as npt

type FloatArray = npt.NDArray[np.float64]
