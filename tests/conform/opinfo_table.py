"""Which Gradus operations are which PyTorch calls. A function has the signature of the PyTorch function, with `c` in front, writes steps
(c.op(tensors..., attributes...)) and returns what must be equal: one handle, or a list, one for each output (None: not compared; a
function of the output that gives handle and tensor: compared after a change that makes it unique, such as a magnitude)."""
from opinfo_map import MAP
from opinfo_move import MOVE
from opinfo_nn import NN
from opinfo_sum import SUM

TABLE = {**MAP, **MOVE, **SUM, **NN}
