"""What PyTorch is asked about the functions of snippets/architectures.py; see autograd.py."""

import numpy as np

from .autograd import case, numbers

CASES = {}  # every page adds its own: CASES |= {...}

# ---- index


# ---- alexnet_vgg
def _normalized(torch, x, n=5, k=2.0, alpha=1e-4, beta=0.75):
    """PyTorch divides alpha by n, the paper does not."""
    return torch.nn.functional.local_response_norm(x, n, alpha * n, beta, k)


CASES |= {
    "local_response_norm": case(_normalized, {"alpha": 0.3}, x=numbers(0, 2, 7, 3, 2)),
    "local_response_norm n=3": case(
        _normalized, {"n": 3, "k": 1.0, "alpha": 0.5, "beta": 0.5}, x=numbers(1, 1, 4, 2, 3)
    ),
}


# ---- nin
def _mlpconv(torch, x, W1, b1, W2, b2, W3, b3, **options):
    u = torch.conv2d(x, W1, b1, **options).relu()
    v = torch.conv2d(u, W2[..., None, None], b2).relu()
    return torch.conv2d(v, W3[..., None, None], b3).relu()


_MLP = {"W1": numbers(1, 4, 2, 3, 3), "b1": numbers(2, 4), "W2": numbers(3, 5, 4), "b2": numbers(4, 5)}
_MLP |= {"W3": numbers(5, 3, 5), "b3": numbers(6, 3)}
CASES |= {
    "mlpconv": case(_mlpconv, x=numbers(0, 2, 2, 5, 4), **_MLP),
    "mlpconv padded": case(_mlpconv, {"stride": 2, "padding": 1}, x=numbers(11, 2, 2, 5, 4), **_MLP),
    "average_head": case(
        lambda torch, x, W, b: torch.nn.functional.linear(x.mean((-2, -1)), W, b),
        x=numbers(8, 2, 3, 4, 5), W=numbers(9, 4, 3), b=numbers(10, 4),
    ),
}


# ---- googlenet
def _inception(torch, x, W1, R3, W3, R5, W5, U):
    def conv(x, W, padding=0):
        return torch.conv2d(x, W if W.ndim == 4 else W[..., None, None], padding=padding).relu()

    pooled = torch.nn.functional.max_pool2d(x, 3, 1, 1)
    return torch.cat([conv(x, W1), conv(conv(x, R3), W3, 1), conv(conv(x, R5), W5, 2), conv(pooled, U)], 1)


CASES |= {
    "inception": case(
        _inception, x=numbers(0, 2, 3, 4, 5), W1=numbers(1, 2, 3),
        R3=numbers(2, 2, 3), W3=numbers(3, 4, 2, 3, 3),
        R5=numbers(4, 2, 3), W5=numbers(5, 3, 2, 5, 5), U=numbers(6, 2, 3),
    ),
}


# ---- resnet
def _branch(torch, x, V, W):
    return torch.relu(x @ V.T) @ W.T


MATRICES = {"x": numbers(40, 4, 3), "V": numbers(41, 5, 3), "W": numbers(42, 3, 5)}
CASES |= {
    "residual": case(lambda torch, x, V, W: x + _branch(torch, x, V, W), **MATRICES),
    "residual one": case(
        lambda torch, x, V, W: x + _branch(torch, x, V, W), **MATRICES | {"x": numbers(43, 3)}
    ),
    "pre_activation": case(lambda torch, x, V, W: x + _branch(torch, torch.relu(x), V, W), **MATRICES),
    "projection_block": case(
        lambda torch, x, V, W, P: torch.relu(x @ P.T + _branch(torch, x, V, W)),
        x=numbers(40, 2, 4, 3), V=numbers(41, 5, 3), W=numbers(44, 2, 5), P=numbers(45, 2, 3),
    ),
    "highway": case(
        lambda torch, x, W, b, V, c: torch.lerp(x, torch.tanh(x @ W.T + b), torch.sigmoid(x @ V.T + c)),
        x=numbers(40, 4, 3), W=numbers(46, 3, 3), b=numbers(47, 3), V=numbers(48, 3, 3), c=numbers(49, 3),
    ),
}  # fmt: skip


# ---- fpn
def _merge(torch, x, p, W, b):
    enlarged = torch.nn.functional.interpolate(p, size=x.shape[-2:], mode="nearest")
    return torch.nn.functional.conv2d(x, W[:, :, None, None], b) + enlarged


COARSE = {"p": numbers(51, 2, 4, 3, 2), "W": numbers(52, 4, 3), "b": numbers(53, 4)}
CASES |= {
    "fpn_merge": case(_merge, x=numbers(50, 2, 3, 6, 4), **COARSE),
    "fpn_merge odd": case(_merge, x=numbers(54, 2, 3, 5, 3), **COARSE),
}


# ---- temporal
def recurrent(torch, kind, x, h, W, U, b, d=None, c=None):
    """One layer of torch.nn.RNN, LSTM or GRU, as a function of its weights: all states of the sequence."""
    layer = getattr(torch.nn, kind)(x.shape[-1], h.shape[-1], batch_first=True, dtype=x.dtype)
    d = torch.zeros_like(b) if d is None else d
    names = "weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"
    weights = dict(zip(names, (W, U, b, d), strict=True))
    start = h[None] if c is None else (h[None], c[None])
    return torch.func.functional_call(layer, weights, (x, start))


def cell(torch, kind, x, state, W, U, b, d=None):
    """One step of torch.nn.RNNCell, LSTMCell or GRUCell."""
    h = state[0] if isinstance(state, tuple) else state
    layer = getattr(torch.nn, kind)(x.shape[-1], h.shape[-1], dtype=x.dtype)
    d = torch.zeros_like(b) if d is None else d
    weights = dict(zip(("weight_ih", "weight_hh", "bias_ih", "bias_hh"), (W, U, b, d), strict=True))
    return torch.func.functional_call(layer, weights, (x, state))


def lstm_states(torch, x, h, c, W, U, b):
    """nn.LSTM tells only the last cell: so prefix by prefix."""
    runs = [recurrent(torch, "LSTM", x[:, :t], h, W, U, b, c=c) for t in range(1, x.shape[1] + 1)]
    return runs[-1][0], torch.stack([last[0] for _, (_, last) in runs], 1)


def parts(gates, m, H, *batch):
    """Numbers for x, h and the weights of a recurrent layer."""
    return {
        "x": numbers(0, *batch, m), "h": numbers(1, *batch[:1], H),
        "W": numbers(2, gates * H, m), "U": numbers(3, gates * H, H), "b": numbers(4, gates * H),
    }  # fmt: skip


def with_cell(x, h, W, U, b):
    return {"x": x, "h": h, "c": numbers(5, *h.shape), "W": W, "U": U, "b": b}


def causal(torch, x, W, b, dilation=1):
    """Our tap u looks u steps back, PyTorch's last tap is the present."""
    padded = torch.nn.functional.pad(x.mT, ((len(W) - 1) * dilation, 0))
    return torch.nn.functional.conv1d(padded, W.flip(0).permute(1, 2, 0), b, dilation=dilation).mT


def block(torch, x, W, b, V, c, dilation=1):
    z = torch.relu(causal(torch, x, W, b, dilation))
    return torch.relu(x + torch.relu(causal(torch, z, V, c, dilation)))


def factored(torch, x, S, V):
    f, p = S.shape[-1] // 2, V.shape[-1] // 2
    z = torch.relu(torch.nn.functional.conv3d(x, S[:, :, None], padding=(0, f, f)))
    return torch.nn.functional.conv3d(z, V[..., None, None], padding=(p, 0, 0))


def shift(torch, x, fold=8, online=False):
    n = x.shape[1] // fold
    m = 0 if online else n
    zero = torch.zeros_like(x[:, :, :1])
    late, early = torch.cat([zero, x[:, :, :-1]], 2), torch.cat([x[:, :, 1:], zero], 2)
    return torch.cat([late[:, :n], early[:, n : n + m], x[:, n + m :]], 1)


TAPS = {"x": numbers(0, 2, 9, 3), "W": numbers(1, 3, 3, 3), "b": numbers(2, 3)}
CASES |= {
    "rnn_cell": case(lambda t, x, h, W, U, b: cell(t, "RNNCell", x, h, W, U, b), **parts(1, 3, 4, 2)),
    "rnn": case(lambda t, x, h, W, U, b: recurrent(t, "RNN", x, h, W, U, b)[0], **parts(1, 3, 4, 2, 5)),
    "lstm_cell": case(
        lambda t, x, h, c, W, U, b: cell(t, "LSTMCell", x, (h, c), W, U, b), **with_cell(**parts(4, 3, 2, 2))
    ),
    "lstm": case(lstm_states, **with_cell(**parts(4, 3, 2, 2, 4))),
    "gru_cell": case(
        lambda t, x, h, W, U, b, d: cell(t, "GRUCell", x, h, W, U, b, d), **parts(3, 3, 2, 2), d=numbers(6, 6)
    ),
    "gru": case(
        lambda t, x, h, W, U, b, d: recurrent(t, "GRU", x, h, W, U, b, d)[0], **parts(3, 3, 2, 2, 4),
        d=numbers(6, 6),
    ),
    "causal_conv": case(causal, **TAPS),
    "causal_conv dilated": case(
        causal, options={"dilation": 3}, **TAPS | {"W": numbers(1, 4, 2, 3), "b": numbers(2, 2)}
    ),
    "tcn_block": case(
        block, options={"dilation": 2}, **TAPS | {"x": numbers(10, 2, 9, 3)},
        V=numbers(3, 2, 3, 3), c=numbers(4, 3),
    ),
    "conv3d": case(
        lambda t, x, W, b, padding: t.nn.functional.conv3d(x, W, b, padding=padding),
        options={"padding": (1, 0, 2)},
        x=numbers(0, 2, 2, 3, 4, 3), W=numbers(1, 3, 2, 2, 3, 2), b=numbers(2, 3),
    ),
    "conv3d plain": case(
        lambda t, x, W, b: t.nn.functional.conv3d(x, W, b),
        x=numbers(0, 1, 2, 3, 4, 3), W=numbers(1, 3, 2, 3, 2, 3), b=numbers(2, 3),
    ),
    "conv2plus1d": case(
        factored, x=numbers(0, 2, 2, 4, 3, 4), S=numbers(1, 3, 2, 3, 3), V=numbers(2, 2, 3, 3)
    ),
    "temporal_shift": case(shift, options={"fold": 4}, x=numbers(0, 2, 8, 4, 2, 2)),
    "temporal_shift online": case(shift, options={"fold": 3, "online": True}, x=numbers(0, 2, 8, 4, 2, 2)),
}  # fmt: skip


# ---- attention
def attend(torch, Q, K, V, mask=None):
    mask = None if mask is None else torch.tensor(mask)
    return torch.nn.functional.scaled_dot_product_attention(Q, K, V, mask)


def weights_of(torch, Q, K, mask=None):
    """The weights are the answer if the values are one-hot."""
    return attend(torch, Q, K, torch.eye(K.shape[-2], dtype=Q.dtype).expand(*K.shape[:-1], -1), mask)


def several_heads(torch, x, z, W_Q, W_K, W_V, W_O, heads=1, mask=None):
    """torch.nn.MultiheadAttention; its mask is True where a query may not look."""
    layer = torch.nn.MultiheadAttention(x.shape[-1], heads, bias=False, batch_first=True, dtype=x.dtype)
    weights = {"in_proj_weight": torch.cat([W_Q, W_K, W_V]), "out_proj.weight": W_O}
    options = {} if mask is None else {"attn_mask": ~torch.tensor(mask)}
    return torch.func.functional_call(layer, weights, (x, z, z), {"need_weights": False, **options})[0]


SEEN = np.array([[True, False, True, False], [True, True, True, True], [False, False, False, True]])
QKV = {"Q": numbers(0, 2, 3, 5), "K": numbers(1, 2, 4, 5), "V": numbers(2, 2, 4, 2)}
HEADS = {"x": numbers(0, 2, 3, 4), "z": numbers(1, 2, 4, 4)} | {
    name: numbers(k, 4, 4) for k, name in enumerate(("W_Q", "W_K", "W_V", "W_O"), 2)
}
CASES |= {
    "attention_weights": case(weights_of, Q=QKV["Q"], K=QKV["K"]),
    "attention_weights masked": case(weights_of, options={"mask": SEEN}, Q=QKV["Q"], K=QKV["K"]),
    "attention": case(attend, **QKV),
    "attention masked": case(attend, options={"mask": SEEN}, **QKV),
    "attention blind": case(attend, options={"mask": SEEN & [[True], [False], [True]]}, **QKV),
    "multi_head_attention": case(several_heads, options={"heads": 2}, **HEADS),
    "multi_head_attention masked": case(several_heads, options={"heads": 4, "mask": SEEN}, **HEADS),
}
