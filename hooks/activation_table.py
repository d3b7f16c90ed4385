"""The table on activations/choosing: numbers from snippets.activations, timings from benchmarks/cost.py."""

import functools
import hashlib
import inspect
import json
import pathlib

import numpy as np

from hooks.standalone import standalone
from snippets import activations
from snippets.plots.activations import gaussian_moments, lowest

COST = pathlib.Path(__file__).parent.parent / "docs/assets/data/cost.json"
FAR = 8.0  # what has reached its limit exactly at |x| = 8 is flat there; what is only close to it bends on
PARAMETERS = {"prelu": {"alpha": 0.25}}  # learned, so without a default: the value at the start

WORDS = {
    "zh": {
        "header": ["函数", "值域", "$\\mathcal{N}(0, 1)$ 下的均值", "饱和：$f'(-\\infty)$ / $f'(\\infty)$",
                   "代价：正向 / 反向", "用在哪里"],
        "both": "两侧", "left": "左侧", "right": "右侧", "": "不饱和", "hard": "，硬", "soft": "，软", ":": "：",
        "below": "† [源文章](../start/sources.md)没有讲到的函数。代价是本站 NumPy 代码的实测耗时与 ReLU 正向之比"
                 "（ReLU 每个元素 {relu_ns:.2f} ns）：{elements} 个 {dtype}，单线程，{rounds} 轮取最快；{machine}，"
                 "Python {python}，NumPy {numpy}。作为对照：同样个数的输出由 {dense_width} 个输入的全连接层算出，"
                 "代价是 {dense:.0f}。重新测量：`.venv/bin/python -m benchmarks.cost`。",
    },
    "en": {
        "header": ["function", "range", "mean under $\\mathcal{N}(0, 1)$",
                   "saturates: $f'(-\\infty)$ / $f'(\\infty)$", "cost: forward / backward", "where used"],
        "both": "both", "left": "left", "right": "right", "": "no", "hard": ", hard", "soft": ", soft",
        ":": ": ",
        "below": "† Not in the [source articles](../start/sources.md). Cost is the measured time of this "
                 "site's NumPy code over that of ReLU forward ({relu_ns:.2f} ns an element): {elements} "
                 "numbers of {dtype}, one thread, the fastest of {rounds} rounds; {machine}, "
                 "Python {python}, NumPy {numpy}. For comparison: as many outputs of a dense layer "
                 "with {dense_width} inputs cost {dense:.0f}. "
                 "Measure again: `.venv/bin/python -m benchmarks.cost`.",
    },
}  # fmt: skip

# name: (title, page, in the source articles?, Chinese, English)
USES = {
    "heaviside": ("Heaviside", "index", False,
        "历史上的阈值神经元；二值与脉冲网络（反向用替代梯度）",
        "early threshold units; binary and spiking networks, with a surrogate gradient"),
    "sigmoid": ("sigmoid", "sigmoid", True,
        "二分类与多标签的输出；LSTM、GRU 的门",
        "binary and multi-label outputs; gates of LSTM and GRU"),
    "hard_sigmoid": ("hard sigmoid", "sigmoid", False,
        "移动端的门控（MobileNetV3）",
        "gates on phones (MobileNetV3)"),
    "tanh": ("tanh", "tanh", True,
        "循环网络的状态；限于 (-1, 1) 的输出",
        "states of recurrent networks; outputs in (-1, 1)"),
    "hard_tanh": ("hard tanh", "tanh", False,
        "定点与二值网络",
        "fixed-point and binary networks"),
    "relu": ("ReLU", "relu", True,
        "卷积网络与多层感知机的默认选择",
        "the default of convolutional networks and MLPs"),
    "leaky_relu": ("Leaky ReLU, $\\alpha = 0.01$", "leaky_relu", True,
        "GAN 判别器、YOLO 早期版本；单元大量死亡时",
        "GAN discriminators, early YOLO; where units die"),
    "prelu": ("PReLU, $\\alpha = 0.25$", "leaky_relu", True,
        "人脸识别、超分辨率",
        "face recognition, super-resolution"),
    "rrelu": ("RReLU, $\\alpha = 11/48$", "leaky_relu", True,
        "很少用；小数据集上的正则化",
        "rare; regularizes on small data sets"),
    "relu6": ("ReLU6", "relu6", True,
        "移动端与量化网络（MobileNetV2）",
        "phones and quantized networks (MobileNetV2)"),
    "elu": ("ELU, $\\alpha = 1$", "elu", True,
        "不用归一化层的中等深度网络",
        "networks of moderate depth without normalization layers"),
    "selu": ("SELU", "elu", False,
        "自归一化的全连接网络",
        "self-normalizing fully connected networks"),
    "softplus": ("softplus", "softplus", True,
        "取正值的输出（方差、速率）",
        "positive outputs (variances, rates)"),
    "mish": ("Mish", "mish", True,
        "YOLOv4 的骨干网络",
        "the backbone of YOLOv4"),
    "gelu": ("GELU", "gelu", False,
        "Transformer（BERT、ViT）、ConvNeXt",
        "Transformers (BERT, ViT), ConvNeXt"),
    "gelu_tanh": ("GELU (tanh)", "gelu", False,
        "以此式训练的模型（GPT-2）",
        "models trained with this form (GPT-2)"),
    "silu": ("SiLU", "gelu", False,
        "EfficientNet、YOLOv5 及以后、扩散模型",
        "EfficientNet, YOLOv5 and later, diffusion models"),
    "hard_swish": ("hard swish", "gelu", False,
        "移动端网络（MobileNetV3）",
        "networks for phones (MobileNetV3)"),
    "maxout": ("maxout", "maxout", True,
        "今天很少用",
        "rare today"),
    "softmax": ("softmax", "softmax", True,
        "互斥类别的输出；注意力权重",
        "outputs for exclusive classes; attention weights"),
    "swiglu": ("SwiGLU", "gelu", False,
        "大语言模型的前馈层（PaLM、LLaMA）",
        "feed-forward layers of language models (PaLM, LLaMA)"),
}  # fmt: skip
# Functions of a vector: no graph to take the range from.
RANGES = {"maxout": r"\mathbb{R}^{m}", "softmax": r"(0, 1)^{K}", "swiglu": r"\mathbb{R}^{m}"}


def scalar(name):
    """The function of one number and its slope, learned parameters at their start."""
    f, options = getattr(activations, name), PARAMETERS.get(name, {})
    df = getattr(activations, f"{name}_grad", None)

    def slope(x):
        if df is None:  # a step
            return float(f(x + 1) - f(x - 1))
        dx = df(x=np.array(x), g=1.0, **options)
        return float(dx[0] if isinstance(dx, tuple) else dx)

    return lambda x: f(x, **options), slope


def value_range(f):
    """As mathematics writes it: a bound reached at |x| <= 8 belongs
    to the range, one only approached does not."""
    x = np.linspace(-FAR, FAR, 1601)
    values = set(f(x).tolist())
    if len(values) == 2:
        return rf"\{{{_number(min(values))}, {_number(max(values))}\}}"
    lowest_point = min(min(values), float(lowest(f)[1]))
    ends = [float(f(np.array(e))) for e in (-np.inf, np.inf)]
    low, high = min(lowest_point, *ends), max(*values, *ends)
    left = "[" if np.isfinite(low) and low >= lowest_point else "("
    right = "]" if np.isfinite(high) and high <= max(values) else ")"
    return f"{left}{_number(low)}, {_number(high)}{right}"


def saturation(slope, words):
    """On which sides the slope tends to 0; hard where it is 0 already
    at |x| = 8, so that nothing brings a unit back."""
    sides = {"left": -1, "right": 1}
    flat = {side: sign for side, sign in sides.items() if slope(sign * np.inf) == 0}
    if not flat:
        return words[""]
    hard = all(slope(sign * FAR) == 0 for sign in flat.values())
    return words["both" if len(flat) == 2 else next(iter(flat))] + words["hard" if hard else "soft"]


@functools.cache
def rows(language):
    """Header and rows of the table."""
    words, cost = WORDS[language], _cost()
    return words["header"], [_row(name, words, cost, language) for name in USES]


def below(language):
    """What the dagger means, and on what the cost was measured."""
    return WORDS[language]["below"].format(**_cost()["measured"])


def _row(name, words, cost, language):
    title, page, known, *uses = USES[name]
    link = f"[{title}]({page}.md#snippets.activations.{name})" + ("" if known else " †")
    price = " / ".join(
        f"{cost[way][name]:.1f}" if name in cost[way] else "–" for way in ("forward", "backward")
    )
    use = uses[("zh", "en").index(language)]
    if name in RANGES:
        return [link, f"${RANGES[name]}$", "–", "–", price, use]
    f, slope = scalar(name)
    mean = float(gaussian_moments(f)[0])
    # not to be broken in two lines
    limits = "\u00a0/\u00a0".join(_number(slope(e)) for e in (-np.inf, np.inf))
    flat = f"{saturation(slope, words)}{words[':']}{limits}"
    return [link, f"${value_range(f)}$", f"{mean:.3f}".replace("-0.000", "0.000"), flat, price, use]


def _cost():
    return json.loads(COST.read_text("utf-8"))


def _number(value):
    if np.isinf(value):
        return r"\infty" if value > 0 else r"-\infty"
    return f"{round(value, 4) + 0:g}"


def fingerprint():
    """Of the code that benchmarks/cost.py measures, without its docstrings."""
    measured = [n for f in functions() for n in (f, f"{f}_grad") if hasattr(activations, n)]
    code = "".join(standalone(f"{activations.__name__}.{name}") for name in measured)
    return hashlib.sha256(code.encode()).hexdigest()[:16]


def functions():
    """All activations among the snippets: no gradients, and no logarithms of an activation."""
    names = (
        n
        for n, f in inspect.getmembers(activations, inspect.isfunction)
        if f.__module__ == activations.__name__
    )
    return [n for n in names if n[0] != "_" and not n.endswith("_grad") and not n.startswith("log")]
