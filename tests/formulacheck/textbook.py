r"""Formulas as textbooks print them: true displays of functions, and displays with a known defect."""

import math

import numpy as np

CASES = []


def case(symbols, right, wrong):
    """Register a function with true and false displays about it."""

    def register(function):
        CASES.append((function, symbols, right, wrong))
        return function

    return register


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def softmax(z):
    e = np.exp(z - np.max(z, -1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


# ------------------------------------------------------------------ activations
@case(
    r"$x \in \mathbb{R}$, $\sigma$ (`logistic`)",
    [
        r"\sigma(x) = \frac{1}{1 + \exp(-x)} = \frac{e^{x}}{1+e^{x}}",
        r"\sigma(x)=\tfrac12\left(1+\tanh\tfrac x2\right)",
        r"\sigma'(x) = \sigma(x)(1 - \sigma(x)) \le \tfrac14",
        r"\sigma' = \sigma(1-\sigma)",
        r"\frac{d}{dx}\sigma(x) = \frac{\exp(-x)}{\left(1 + \exp(-x)\right)^2}",
        r"\sigma(-x) = 1 - \sigma(x)",
        r"\sigma''(x) = \sigma'(x)(1-2\sigma(x))",
        r"\sigma'(0) = 0.25",
        r"\left.\frac{d\sigma(x)}{dx}\right|_{x=0} = \frac14",
        r"\frac{\mathrm{d}\sigma}{\mathrm{d}x}(x) = \sigma(x)\,[1-\sigma(x)]",
        r"\log\frac{\sigma(x)}{1-\sigma(x)} = x",
    ],
    [
        r"\sigma(x) = \frac{1}{1 + \exp(x)}",
        r"\sigma(x) = \frac{1}{1 - e^{-x}}",
        r"\sigma'(x) = \sigma(x)(1 + \sigma(x))",
        r"\sigma' = \sigma(\sigma - 1)",
        r"\sigma'(x) = \sigma(1 - \sigma(x)^2)",
        r"\sigma(-x) = -\sigma(x)",
        r"\sigma'(0) = 0.5",
        r"\sigma''(x) = \sigma'(x)(1+2\sigma(x))",
        r"\frac{d}{dx}\sigma(x) = \frac{-\exp(-x)}{\left(1 + \exp(-x)\right)^2}",
    ],
)
def logistic(x):
    return 1 / (1 + np.exp(-x))


@case(
    r"$x \in \mathbb{R}$",
    [
        r"\tanh(x) = \frac{1 - \exp(-2x)}{1 + \exp(-2x)}",
        r"\frac{d}{dx} \operatorname{tanh}(x) = 1 - \operatorname{tanh}^2(x)",
        r"\tanh'(x) = 1 - \tanh^2 x",
        r"\tanh' = 1 - \tanh^2",
        r"\tanh(-x) = -\tanh(x)",
        r"\tanh(x) + 1 = 2\sigma(2x)",
        r"\tanh x = \frac{\sinh x}{\cosh x}",
    ],
    [
        r"\tanh'(x) = -\tanh^2(x)",
        r"\tanh' = -\tanh^2",
        r"\tanh' = 1 + \tanh^2",
        r"\tanh(x) = \frac{1 + \exp(-2x)}{1 - \exp(-2x)}",
        r"\tanh(x) + 1 = 2\sigma(x)",
        r"\tanh(-x) = \tanh(x)",
        r"\tanh'(x) = 1 - \tanh(x)^2",
    ],
)
def tanh(x):
    return np.tanh(x)


@case(
    r"$x \in \mathbb{R}$",
    [
        r"\operatorname{ReLU}(x) = \max(x, 0)",
        r"\mathrm{ReLU}(x) = \frac{x + |x|}{2}",
        r"\mathrm{ReLU}(x) = x\,\mathbb{1}[x > 0]",
        r"\mathrm{ReLU}(x)=x\,\mathbf 1_{\{x>0\}}",
        r"\operatorname{ReLU}'(x) = \begin{cases} 1 & \text{if } x > 0 \\ 0 & \text{if } x < 0 \end{cases}",
        r"\operatorname{ReLU}(x) = \left\{\begin{array}{ll} x & x \geq 0 \\ 0 & \text{otherwise} "
        r"\end{array}\right.",
        r"\mathrm{ReLU}(x) - \mathrm{ReLU}(-x) = x",
        r"\mathrm{ReLU}'(x) = 1 \quad (x > 0)",
    ],
    [
        r"\operatorname{ReLU}(x) = \min(x, 0)",
        r"\mathrm{ReLU}(x) = \frac{x + x}{2}",
        r"\mathrm{ReLU}(x) = |x|",
        r"\operatorname{ReLU}'(x) = \begin{cases} 1 & x < 0 \\ 0 & x > 0 \end{cases}",
        r"\mathrm{ReLU}(x) = x\,\mathbb{1}[x < 0]",
        r"\mathrm{ReLU}'(x) = 0 \quad (x > 0)",
    ],
)
def relu(x):
    return np.maximum(x, 0)


@case(
    r"$x \in \mathbb{R}$",
    [
        r"\operatorname{ReLU6}(x) = \min(\max(0, x), 6)",
    ],
    [
        r"\operatorname{ReLU6}(x) = \min(\max(0, x), 7)",
        r"\operatorname{ReLU6}(x) = \min(\max(1, x), 6)",
    ],
)
def relu6(x):
    return np.clip(x, 0, 6)


@case(
    r"$x \in \mathbb{R}$",
    [
        r"\operatorname{GELU}(x) = x\,\Phi(x)",
        r"\operatorname{GELU}(x) = \frac{x}{\sqrt{2\pi}} \int_{-\infty}^{x} e^{-t^2/2}\,dt",
        r"\operatorname{GELU}(x) = \frac{x}{2}\left(1 + \operatorname{erf}\left(\frac{x}{\sqrt 2}\right)"
        r"\right)",
    ],
    [
        r"\operatorname{GELU}(x) = \frac{x}{\sqrt{2\pi}} \int_{-\infty}^{x} e^{t^2/2}\,dt",
        r"\operatorname{GELU}(x) = \frac{x}{2}\left(1 - \operatorname{erf}\left(\frac{x}{\sqrt 2}\right)"
        r"\right)",
        r"\operatorname{GELU}(x) = \Phi(x)",
    ],
)
def gelu(x):
    return x * 0.5 * (1 + math.erf(x / math.sqrt(2)))


# ------------------------------------------------------------------ softmax and losses
@case(
    r"$\mathbf{o} \in \mathbb{R}^q$, $\hat{\mathbf{y}}$ (`return`), $\operatorname{softmax}$ (`softmax`)",
    [
        r"\hat{y}_i = \frac{\exp(o_i)}{\sum_j \exp(o_j)}",
        r"\hat{\mathbf{y}} = \mathrm{softmax}(\mathbf{o}) \quad \text{where} \quad \hat{y}_i = \frac{"
        r"\exp(o_i)}{\sum_j \exp(o_j)}",
        r"\frac{\partial \hat{y}_i}{\partial o_j} = \hat{y}_i(\delta_{ij} - \hat{y}_j)",
        r"\frac{\partial \hat y_i}{\partial o_j} = \begin{cases} \hat y_i(1-\hat y_i) & i = j \\ -\hat y_i"
        r"\hat y_j & i \ne j \end{cases}",
        r"\sum_{i=1}^q \hat y_i = 1",
        r"\operatorname*{argmax}_j \hat y_j = \operatorname*{argmax}_j o_j",
        r"\hat{y}_i = \frac{\exp(o_i - \bar{o})}{\sum_j \exp(o_j - \bar{o})}, \quad \bar{o} = \max_k o_k",
        r"\frac{\partial \hat{\mathbf{y}}}{\partial \mathbf{o}} = \operatorname{diag}(\hat{\mathbf y}) - "
        r"\hat{\mathbf y}\hat{\mathbf y}^\top",
    ],
    [
        r"\hat{y}_i = \frac{\exp(o_j)}{\sum_j \exp(o_j)}",
        r"\hat{y}_i = \frac{\exp(-o_i)}{\sum_j \exp(o_j)}",
        r"\hat{y}_i = \frac{o_i}{\sum_j o_j}",
        r"\frac{\partial \hat{y}_i}{\partial o_j} = \hat{y}_j(\delta_{ij} - \hat{y}_j)",
        r"\frac{\partial \hat{y}_i}{\partial o_j} = \hat{y}_i(\hat{y}_j - \delta_{ij})",
        r"\frac{\partial \hat y_i}{\partial o_j} = \begin{cases} \hat y_i(1-\hat y_i) & i = j \\ \hat y_i"
        r"\hat y_j & i \ne j \end{cases}",
        r"\frac{\partial \hat{\mathbf{y}}}{\partial \mathbf{o}} = \operatorname{diag}(\hat{\mathbf y}) + "
        r"\hat{\mathbf y}\hat{\mathbf y}^\top",
        r"\hat{y}_i = \frac{\exp(o_i)}{\sum_i \exp(o_i)}",
    ],
)
def probabilities(o):
    y_hat = softmax(o)
    return y_hat


@case(
    r"$\mathbf{y}, \hat{\mathbf{y}} \in \Delta^{q-1}$, $l(\mathbf{y}, \hat{\mathbf{y}})$ (`return`)",
    [
        r"l(\mathbf{y}, \hat{\mathbf{y}}) = - \sum_{j=1}^q y_j \log \hat{y}_j",
        r"l(\mathbf{y}, \hat{\mathbf{y}}) = -\mathbf{y}^\top \log \hat{\mathbf y}",
        r"l(\mathbf{y}, \hat{\mathbf{y}}) = \sum_{j=1}^q y_j \log \frac{1}{\hat{y}_j} \geq 0",
    ],
    [
        r"l(\mathbf{y}, \hat{\mathbf{y}}) = \sum_{j=1}^q y_j \log \hat{y}_j",
        r"l(\mathbf{y}, \hat{\mathbf{y}}) = - \sum_{j=1}^q \hat{y}_j \log y_j",
        r"l(\mathbf{y}, \hat{\mathbf{y}}) = - \sum_{j=1}^{q-1} y_j \log \hat{y}_j",
        r"l(\mathbf{y}, \hat{\mathbf{y}}) = - \sum_{j=1}^q \log \hat{y}_j",
        r"l(\mathbf{y}, \hat{\mathbf{y}}) = - \sum_{j=1}^q y_i \log \hat{y}_j",
        r"l(\mathbf{y}, \hat{\mathbf{y}}) \leq 0",
    ],
)
def cross_entropy_loss(y, y_hat):
    return -np.sum(y * np.log(y_hat))


@case(
    r"$y \in \{0,1\}^n$, $p \in (0,1)^n$, $L$ (`return`)",
    [
        r"L = -\frac{1}{n}\sum_{i=1}^n \left[ y_i \ln p_i + (1-y_i)\ln(1-p_i) \right]",
        r"L = -\frac1n \sum_i \log\left( p_i^{y_i} (1-p_i)^{1-y_i} \right)",
        r"\frac{\partial L}{\partial p_i} = \frac{p_i - y_i}{n\, p_i (1-p_i)}",
        r"L = -\frac{1}{n} \left( \sum_{i: y_i = 1} \log p_i + \sum_{i: y_i = 0} \log(1 - p_i) \right)",
    ],
    [
        r"L = \frac{1}{n}\sum_{i=1}^n \left[ y_i \ln p_i + (1-y_i)\ln(1-p_i) \right]",
        r"L = -\frac{1}{n}\sum_{i=1}^n \left[ y_i \ln p_i + (1-y_i)\ln(1+p_i) \right]",
        r"L = -\frac{1}{n}\sum_{i=1}^n \left[ y_i \ln p_i - (1-y_i)\ln(1-p_i) \right]",
        r"L = -\sum_{i=1}^n \left[ y_i \ln p_i + (1-y_i)\ln(1-p_i) \right]",
        r"\frac{\partial L}{\partial p_i} = \frac{y_i - p_i}{n\, p_i (1-p_i)}",
    ],
)
def binary_cross_entropy(y, p):
    return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))


@case(
    r"$z \in \mathbb{R}$, $y \in [0, 1]$, $\ell$ (`return`)",
    [
        r"\ell = -[y\log\sigma(z)+(1-y)\log(1-\sigma(z))] = \max(z,0)-zy+\log(1+e^{-|z|})",
        r"\frac{\partial\ell}{\partial z}=\sigma(z)-y",
    ],
    [
        r"\ell = \max(z,0)-zy+\log(1+e^{-z})",
        r"\ell = \max(z,0)+zy+\log(1+e^{-|z|})",
        r"\frac{\partial\ell}{\partial z}=y - \sigma(z)",
    ],
)
def bce_with_logits(z, y):
    return max(z, 0) - z * y + np.log1p(np.exp(-abs(z)))


@case(
    r"$z \in \mathbb{R}^K$, $y \in \{1, \dots, K\}$, $\ell$ (`return`)",
    [
        r"\ell = -\log p_y, \qquad p_k = \frac{e^{z_k}}{\sum_{j=1}^K e^{z_j}}",
        r"\ell = -z_y + \log \sum_j e^{z_j}",
        r"\frac{\partial \ell}{\partial z_k} = \frac{e^{z_k}}{\sum_j e^{z_j}} - \mathbb{1}[k = y]",
    ],
    [
        r"\ell = \log p_y, \qquad p_k = \frac{e^{z_k}}{\sum_{j=1}^K e^{z_j}}",
        r"\ell = z_y + \log \sum_j e^{z_j}",
        r"\frac{\partial \ell}{\partial z_k} = \frac{e^{z_k}}{\sum_j e^{z_j}} + \mathbb{1}[k = y]",
    ],
)
def nll(z, y):
    return -np.log(softmax(z)[y - 1])


@case(
    r"$e \in \mathbb{R}$, $\delta > 0$, $\ell_\delta(e)$ (`huber`)",
    [
        r"\ell_\delta(e) = \begin{cases}\tfrac12 e^2 & |e| \le \delta\\ \delta(|e|-\tfrac12\delta) & |e| >"
        r" \delta\end{cases}",
        r"\ell_\delta(e) = \begin{cases}\frac{e^2}{2} & \text{for } |e| < \delta\\ \delta|e| - \frac{"
        r"\delta^2}{2} & \text{otherwise}\end{cases}",
    ],
    [
        r"\ell_\delta(e) = \begin{cases}\tfrac12 e^2 & e \le \delta\\ \delta(|e|-\tfrac12\delta) & e > "
        r"\delta\end{cases}",
        r"\ell_\delta(e) = \begin{cases}\tfrac12 e^2 & |e| \le \delta\\ \delta(e-\tfrac12\delta) & |e| > "
        r"\delta\end{cases}",
        r"\ell_\delta(e) = \begin{cases}e^2 & |e| \le \delta\\ \delta(|e|-\tfrac12\delta) & |e| > \delta"
        r"\end{cases}",
        r"\ell_\delta(e) = \begin{cases}\tfrac12 e^2 & |e| \le \delta\\ \delta(|e|+\tfrac12\delta) & |e| >"
        r" \delta\end{cases}",
    ],
)
def huber(e, delta=1.0):
    return 0.5 * e**2 if abs(e) <= delta else delta * (abs(e) - 0.5 * delta)


@case(
    r"$y, \hat y \in \mathbb{R}^n$, $\mathrm{MAE}$ (`return`)",
    [
        r"\mathrm{MAE} = \frac1n\sum_{i=1}^n |y_i - \hat y_i|",
        r"\mathrm{MAE} = \frac{1}{n} \|y - \hat y\|_1",
    ],
    [
        r"\mathrm{MAE} = \frac1n\sum_{i=1}^n (y_i - \hat y_i)",
        r"\mathrm{MAE} = \frac{1}{n} \|y - \hat y\|_2",
        r"\mathrm{MAE} = \frac1n \left|\sum_{i=1}^n (y_i - \hat y_i)\right|",
    ],
)
def mae(y, y_hat):
    return np.abs(y - y_hat).mean()


@case(
    r"$p, q \in \Delta^{K-1}$, $\mathrm{KL}$ (`kl`)",
    [
        r"\mathrm{KL}(p\|q)=\sum_kp_k\log\frac{p_k}{q_k}\ge0",
        r"\mathrm{KL}(p \parallel q) = \sum_k p_k(\log p_k - \log q_k)",
    ],
    [
        r"\mathrm{KL}(p\|q)=\sum_kp_k\log\frac{q_k}{p_k}",
        r"\mathrm{KL}(p\|q)=\sum_kq_k\log\frac{p_k}{q_k}",
        r"\mathrm{KL}(p\|q) > 0",
    ],
)
def kl(p, q):
    return float((p * np.log(p / q)).sum())


@case(
    r"$p, q \in \Delta^{K-1}$, $\mathrm{JS}$ (`js`), $\mathrm{KL}$ (`kl`)",
    [
        r"\mathrm{JS}(p,q)=\tfrac12\mathrm{KL}(p\|m)+\tfrac12\mathrm{KL}(q\|m),\quad m=\tfrac12(p+q)",
        r"0\le\mathrm{JS}(p, q)\le\log2",
    ],
    [
        r"\mathrm{JS}(p,q)=\tfrac12\mathrm{KL}(p\|m)-\tfrac12\mathrm{KL}(q\|m),\quad m=\tfrac12(p+q)",
        r"\mathrm{JS}(p,q)=\tfrac12\mathrm{KL}(p\|m)+\tfrac12\mathrm{KL}(q\|m),\quad m=p+q",
    ],
)
def js(p, q):
    m = (p + q) / 2
    return 0.5 * kl(p, m) + 0.5 * kl(q, m)


@case(
    r"$a, p, n \in \mathbb{R}^d$, $m > 0$, $\ell$ (`return`)",
    [
        r"\ell = \max\left(0,\, \|a - p\|_2^2 - \|a - n\|^2 + m\right)",
        r"\ell = \max\{0, \|a-p\|^2-\|a-n\|^2+m\}",
    ],
    [
        r"\ell = \max\left(0,\, \|a - p\|_2^2 + \|a - n\|^2 + m\right)",
        r"\ell = \max\left(0,\, \|a - n\|_2^2 - \|a - p\|^2 + m\right)",
        r"\ell = \|a - p\|_2^2 - \|a - n\|^2 + m",
    ],
)
def triplet(a, p, n, m):
    return max(0.0, ((a - p) ** 2).sum() - ((a - n) ** 2).sum() + m)


# ------------------------------------------------------------------ linear models, networks
@case(
    r"$\mathbf{X} \in \mathbb{R}^{n \times d}$, $\mathbf{w} \in \mathbb{R}^d$, $\mathbf y \in "
    r"\mathbb{R}^n$, $L$ (`return`)",
    [
        r"L = \frac{1}{n} \sum_{i=1}^n \frac{1}{2} \left(\mathbf{w}^\top \mathbf{X}_i + b - y_i\right)^2",
        r"L = \frac{1}{2n} \|\mathbf{X}\mathbf{w} + b - \mathbf{y}\|^2",
        r"\partial_{\mathbf{w}} L = \frac1n \mathbf{X}^\top (\mathbf{X}\mathbf{w} + b - \mathbf{y})",
        r"\nabla_{\mathbf w} L = \frac1n \sum_{i=1}^n \mathbf X_i (\mathbf X_i^\top \mathbf w + b - y_i)",
        r"\frac{\partial L}{\partial b} = \frac1n \sum_{i=1}^n (\mathbf{w}^\top \mathbf{X}_{i} + b - y_i)",
        r"\frac{\partial^2 L}{\partial w_j \partial w_k} = \frac1n \sum_{i} X_{ij} X_{ik}",
    ],
    [
        r"L = \frac{1}{2n} \|\mathbf{X}\mathbf{w} - b - \mathbf{y}\|^2",
        r"\partial_{\mathbf{w}} L = \frac1n \mathbf{X} (\mathbf{X}\mathbf{w} + b - \mathbf{y})",
        r"\partial_{\mathbf{w}} L = \frac1n \mathbf{X}^\top (\mathbf{y} - \mathbf{X}\mathbf{w} - b)",
        r"\frac{\partial L}{\partial b} = \frac1n \sum_{i=1}^n (\mathbf{w}^\top \mathbf{X}_{i} + b - y_i)"
        r" X_{ij}",
        r"\frac{\partial^2 L}{\partial w_j \partial w_k} = -\frac1n \sum_{i} X_{ij} X_{ik}",
    ],
)
def least_squares(X, w, b, y):
    return ((X @ w + b - y) ** 2).sum() / (2 * len(y))


@case(
    r"$X \in \mathbb{R}^{n \times d}$, $W \in \mathbb{R}^{m \times d}$, $b \in \mathbb{R}^m$, $G \in "
    r"\mathbb{R}^{n \times m}$, $\frac{\partial L}{\partial Y}$ (`G`)",
    [
        r"Y = XW^\top + \mathbf{1} b^\top",
        r"\frac{\partial L}{\partial X} = G W",
        r"\frac{\partial L}{\partial W} = \frac{\partial L}{\partial Y}^\top X",
        r"\frac{\partial L}{\partial b} = G^\top \mathbf 1",
        r"\frac{\partial L}{\partial b_j} = \sum_{i=1}^n G_{ij}",
    ],
    [
        r"Y = XW + \mathbf{1} b^\top",
        r"\frac{\partial L}{\partial X} = G W^\top",
        r"\frac{\partial L}{\partial W} = X^\top G",
        r"\frac{\partial L}{\partial b_j} = \sum_{i=1}^n G_{ji}",
        r"Y = XW^\top - \mathbf{1} b^\top",
    ],
)
def linear_layer(X, W, b, G):
    Y = X @ W.T + b
    dX, dW, db = G @ W, G.T @ X, G.sum(0)
    return Y, dX, dW, db


@case(
    r"$X \in \mathbb{R}^{6 \times d}$, $y \in \mathbb{R}^{6}$, $\lambda > 0$, $\hat w$ (`return`)",
    [
        r"\hat w = (X^\top X + \lambda I)^{-1} X^\top y",
        r"(X^\top X + \lambda \mathbf{I}) \hat w = X^\top y",
        r"\hat w = (X^\top X + \lambda I_d)^{-1} X^\top y",
    ],
    [
        r"\hat w = (X^\top X - \lambda I)^{-1} X^\top y",
        r"\hat w = (X^\top X + \lambda I)^{-1} X y",
        r"\hat w = (X^\top X)^{-1} X^\top y",
    ],
)
def ridge(X, y, lam):
    return np.linalg.solve(X.T @ X + lam * np.eye(X.shape[1]), X.T @ y)


@case(
    r"$x \in \mathbb{R}^d$, $h \in \mathbb{R}^n$, $W_{xh} \in \mathbb{R}^{n \times d}$, $W_{hh} \in "
    r"\mathbb{R}^{n \times n}$, $b_h \in \mathbb{R}^n$",
    [
        r"h_t = \tanh(W_{xh} x_t + W_{hh} h_{t-1} + b_h)",
        r"\mathbf{h}^{(t)} = \tanh(\mathbf{W}_{xh} \mathbf{x}^{(t)} + \mathbf{W}_{hh} \mathbf{h}^{(t-1)} +"
        r" \mathbf b_h)",
    ],
    [
        r"h_t = \tanh(W_{xh} x_t + W_{hh} h_t + b_h)",
        r"h_t = \tanh(W_{xh} x_t - W_{hh} h_{t-1} + b_h)",
        r"h_{t-1} = \tanh(W_{xh} x_t + W_{hh} h_{t-1} + b_h)",
        r"h_t = \sigma(W_{xh} x_t + W_{hh} h_{t-1} + b_h)",
        r"h_t = \tanh(W_{hh} x_t + W_{xh} h_{t-1} + b_h)",
    ],
)
def rnn_cell(x, h, W_xh, W_hh, b_h):
    h = np.tanh(W_xh @ x + W_hh @ h + b_h)
    return h


@case(
    r"$\mathbf{X} \in \mathbb{R}^{n \times d}$, $\mathbf{H}, \mathbf{C} \in \mathbb{R}^{n \times h}$, "
    r"$\mathbf{W}_{xi}, \mathbf{W}_{xf}, \mathbf{W}_{xo}, \mathbf{W}_{xc} \in \mathbb{R}^{d \times h}$, "
    r"$\mathbf{W}_{hi}, \mathbf{W}_{hf}, \mathbf{W}_{ho}, \mathbf{W}_{hc} \in \mathbb{R}^{h \times h}$, "
    r"$\mathbf{b}_i, \mathbf{b}_f, \mathbf{b}_o, \mathbf{b}_c \in \mathbb{R}^{1 \times h}$",
    [
        r"""\begin{aligned}
    \mathbf{I}_t &= \sigma(\mathbf{X}_t \mathbf{W}_{\textrm{xi}} + \mathbf{H}_{t-1}
    \mathbf{W}_{\textrm{hi}} + \mathbf{b}_\textrm{i}),\\
    \mathbf{F}_t &= \sigma(\mathbf{X}_t \mathbf{W}_{\textrm{xf}} + \mathbf{H}_{t-1}
    \mathbf{W}_{\textrm{hf}} + \mathbf{b}_\textrm{f}),\\
    \mathbf{O}_t &= \sigma(\mathbf{X}_t \mathbf{W}_{\textrm{xo}} + \mathbf{H}_{t-1}
    \mathbf{W}_{\textrm{ho}} + \mathbf{b}_\textrm{o}),
    \end{aligned}""",
        r"\tilde{\mathbf{C}}_t = \textrm{tanh}(\mathbf{X}_t \mathbf{W}_{\textrm{xc}} + \mathbf{H}_{t-1} "
        r"\mathbf{W}_{\textrm{hc}} + \mathbf{b}_\textrm{c})",
        r"\mathbf{C}_t = \mathbf{F}_t \odot \mathbf{C}_{t-1} + \mathbf{I}_t \odot \tilde{\mathbf{C}}_t.",
        r"\mathbf{H}_t = \mathbf{O}_t \odot \tanh(\mathbf{C}_t).",
    ],
    [
        r"\mathbf{C}_t = \mathbf{F}_t \odot \mathbf{C}_{t} + \mathbf{I}_t \odot \tilde{\mathbf{C}}_t",
        r"\mathbf{C}_t = \mathbf{I}_t \odot \mathbf{C}_{t-1} + \mathbf{F}_t \odot \tilde{\mathbf{C}}_t",
        r"\mathbf{H}_t = \mathbf{O}_t \odot \mathbf{C}_t",
        r"\mathbf{H}_t = \mathbf{O}_t \odot \tanh(\mathbf{C}_{t-1})",
        r"\mathbf{O}_t = \sigma(\mathbf{X}_t \mathbf{W}_{xo} + \mathbf{H}_{t} \mathbf{W}_{ho} + "
        r"\mathbf{b}_o)",
        r"\mathbf{O}_t = \sigma(\mathbf{X}_t \mathbf{W}_{xo} + \mathbf{H}_{t-1} \mathbf{W}_{hf} + "
        r"\mathbf{b}_o)",
    ],
)
def lstm_cell(X, H, C, W_xi, W_hi, b_i, W_xf, W_hf, b_f, W_xo, W_ho, b_o, W_xc, W_hc, b_c):
    I = sigmoid(X @ W_xi + H @ W_hi + b_i)
    F = sigmoid(X @ W_xf + H @ W_hf + b_f)
    O = sigmoid(X @ W_xo + H @ W_ho + b_o)
    C_tilde = np.tanh(X @ W_xc + H @ W_hc + b_c)
    C = F * C + I * C_tilde
    H = O * np.tanh(C)
    return H, C


@case(
    r"$Q \in \mathbb{R}^{n \times d}$, $K \in \mathbb{R}^{m \times d}$, $V \in \mathbb{R}^{m \times v}$",
    [
        r"\mathrm{Attention}(Q, K, V) = \mathrm{softmax}\left(\frac{Q K^T}{\sqrt{d}}\right) V",
        r"A_{ij} = \frac{\exp(Q_i^\top K_j/\sqrt d)}{\sum_{l=1}^m \exp(Q_i^\top K_l/\sqrt d)}",
        r"\sum_{j=1}^m A_{ij} = 1",
    ],
    [
        r"\mathrm{Attention}(Q, K, V) = \mathrm{softmax}\left(\frac{Q K^T}{d}\right) V",
        r"\mathrm{Attention}(Q, K, V) = \mathrm{softmax}\left(\frac{Q K}{\sqrt{d}}\right) V",
        r"\mathrm{Attention}(Q, K, V) = \mathrm{softmax}\left(\frac{K Q^T}{\sqrt{d}}\right) V",
        r"\mathrm{Attention}(Q, K, V) = \frac{Q K^T}{\sqrt{d}} V",
        r"\sum_{i=1}^n A_{ij} = 1",
    ],
)
def attention(Q, K, V):
    A = softmax(Q @ K.T / np.sqrt(Q.shape[-1]))
    return A @ V


# ------------------------------------------------------------------ normalization
@case(
    r"$x \in \mathbb{R}^m$, $\epsilon > 0$, $\mu_{\mathcal B}$ (`mu`), $\sigma_{\mathcal B}^2$ (`var`)",
    [
        r"\mu_{\mathcal B} = \frac1m\sum_{i=1}^m x_i, \quad \sigma_{\mathcal B}^2 = \frac1m\sum_{i=1}^m"
        r" (x_i-\mu_{\mathcal B})^2",
        r"\hat x_i = \frac{x_i - \mu_{\mathcal B}}{\sqrt{\sigma_{\mathcal B}^2 + \epsilon}}, \quad y_i = "
        r"\gamma \hat x_i + \beta",
        r"y = \frac{x - \mathrm{E}[x]}{\sqrt{\mathrm{Var}[x] + \epsilon}} \cdot \gamma + \beta",
        r"\sigma_{\mathcal B}^2 = \frac1m \sum_i x_i^2 - \mu_{\mathcal B}^2",
    ],
    [
        r"\sigma_{\mathcal B}^2 = \frac1{m-1}\sum_{i=1}^m (x_i-\mu_{\mathcal B})^2",
        r"\sigma_{\mathcal B}^2 = \frac1m\sum_{i=1}^m (x_i-\mu_{\mathcal B})",
        r"\hat x_i = \frac{x_i - \mu_{\mathcal B}}{\sigma_{\mathcal B}^2 + \epsilon}",
        r"\hat x_i = \frac{x_i + \mu_{\mathcal B}}{\sqrt{\sigma_{\mathcal B}^2 + \epsilon}}",
        r"\hat x_i = \frac{x_i - \mu_{\mathcal B}}{\sqrt{\sigma_{\mathcal B}^2 - \epsilon}}",
        r"y_i = \gamma x_i + \beta",
        r"y_i = \beta \hat x_i + \gamma",
    ],
)
def batch_norm(x, gamma, beta, eps=1e-5):
    mu, var = x.mean(), x.var()
    x_hat = (x - mu) / np.sqrt(var + eps)
    y = gamma * x_hat + beta
    return y


@case(
    r"$x \in \mathbb{R}^{m}$, $g \in \mathbb{R}^m$, $g = \partial L/\partial y$, $\epsilon > 0$, $"
    r"\sigma^2$ (`var`)",
    [
        r"\frac{\partial L}{\partial x_i} = \frac{\gamma}{\sqrt{\sigma^2+\epsilon}}\Big(g_i-\frac1m\sum_j"
        r" g_j-\hat x_i\,\frac1m\sum_j g_j\hat x_j\Big)",
        r"\frac{\partial L}{\partial\gamma} = \sum_{i=1}^m g_i \hat x_i, \quad \frac{\partial L}{\partial"
        r"\beta} = \sum_{i=1}^m g_i",
        r"\frac{\partial L}{\partial\gamma} = \sum_{i=1}^m \frac{\partial L}{\partial y_i} \hat x_i",
    ],
    [
        r"\frac{\partial L}{\partial x_i} = \frac{\gamma}{\sqrt{\sigma^2+\epsilon}}\Big(g_i-\frac1m\sum_j"
        r" g_j+\hat x_i\,\frac1m\sum_j g_j\hat x_j\Big)",
        r"\frac{\partial L}{\partial x_i} = \frac{\gamma}{\sqrt{\sigma^2+\epsilon}}\Big(g_i-\frac1m\sum_j"
        r" g_j-\hat x_j\,\frac1m\sum_j g_j\hat x_j\Big)",
        r"\frac{\partial L}{\partial x_i} = \frac{\gamma}{\sqrt{\sigma^2+\epsilon}}\Big(g_i-\sum_j g_j-"
        r"\hat x_i\,\sum_j g_j\hat x_j\Big)",
        r"\frac{\partial L}{\partial\gamma} = \sum_{i=1}^m g_i x_i",
    ],
)
def batch_norm_grad(x, gamma, g, eps=1e-5):
    m, var = len(x), x.var()
    x_hat = (x - x.mean()) / np.sqrt(var + eps)
    dgamma, dbeta = (g * x_hat).sum(), g.sum()
    dx = gamma / np.sqrt(var + eps) * (g - dbeta / m - x_hat * dgamma / m)
    return dx, dgamma, dbeta


# ------------------------------------------------------------------ optimizers
@case(
    r"$\theta, m, g \in \mathbb{R}^d$, $v \in (0, 1)^d$, $t \in \mathbb{N}$, $\beta_1, \beta_2 \in (0,1)$,"
    r" $\eta, \epsilon > 0$",
    [
        r"m_t = \beta_1 m_{t-1} + (1-\beta_1) g_t",
        r"v_t = \beta_2 v_{t-1} + (1-\beta_2) g_t^2",
        r"\hat m_t = \frac{m_t}{1-\beta_1^t}, \qquad \hat v_t = \frac{v_t}{1-\beta_2^t}",
        r"\theta_t = \theta_{t-1} - \eta\,\frac{\hat m_t}{\sqrt{\hat v_t}+\epsilon}",
        r"\theta_{t+1} = \theta_t - \frac{\eta}{\sqrt{\hat v_t}+\epsilon} \odot \hat m_t",
    ],
    [
        r"m_t = \beta_1 m_{t-1} + (1+\beta_1) g_t",
        r"m_t = \beta_2 m_{t-1} + (1-\beta_2) g_t",
        r"v_t = \beta_2 v_{t-1} + (1-\beta_2) g_t",
        r"\hat m_t = \frac{m_t}{1-\beta_1}",
        r"\hat m_t = \frac{m_t}{1+\beta_1^t}",
        r"\hat v_t = \frac{v_t}{1-\beta_1^t}",
        r"\theta_t = \theta_{t-1} + \eta\,\frac{\hat m_t}{\sqrt{\hat v_t}+\epsilon}",
        r"\theta_t = \theta_{t-1} - \eta\,\frac{\hat m_t}{\sqrt{\hat v_t+\epsilon}}",
        r"\theta_t = \theta_{t-1} - \eta\,\frac{m_t}{\sqrt{\hat v_t}+\epsilon}",
        r"\theta_t = \theta_{t-1} - \eta\,\frac{\hat m_t}{\hat v_t+\epsilon}",
    ],
)
def adam(theta, m, v, g, t, eta=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    theta = theta - eta * m_hat / (np.sqrt(v_hat) + eps)
    return theta, m, v


@case(
    r"$\theta, m, g \in \mathbb{R}^d$, $v \in (0,1)^d$, $t \in \mathbb{N}$, $(m, v, t)$ (`state`), $\eta, "
    r"\epsilon > 0$",
    [
        r"m_t = \beta_1 m_{t-1} + (1-\beta_1) g_t",
        r"\hat m_t = \frac{m_t}{1-\beta_1^t}",
        r"\theta_t = \theta_{t-1} - \eta\,\frac{\hat m_t}{\sqrt{\hat v_t}+\epsilon}",
    ],
    [
        r"m_t = \beta_1 m_{t} + (1-\beta_1) g_t",
        r"m_t = \beta_1 m_{t-1} - (1-\beta_1) g_t",
        r"\hat m_t = \frac{m_t}{1-\beta_1^{t-1}}",
        r"\theta_t = \theta_{t-1} - \eta\,\frac{\hat m_t}{\sqrt{v_t}+\epsilon}",
    ],
)
def adam_state(theta, g, state, eta=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    m, v, t = state
    t = t + 1
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g * g
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    theta = theta - eta * m_hat / (np.sqrt(v_hat) + eps)
    return theta, (m, v, t)


@case(
    r"$\theta, v, g \in \mathbb{R}^d$, $\eta > 0$, $\mu \in (0,1)$",
    [
        r"v_t = \mu v_{t-1} - \eta g_t, \quad \theta_t = \theta_{t-1} + v_t",
        r"\begin{aligned} v &\leftarrow \mu v - \eta g \end{aligned}",
    ],
    [
        r"v_t = \mu v_{t-1} + \eta g_t",
        r"\theta_t = \theta_{t-1} - v_t",
        r"v_t = \mu v_{t-1} - \eta g_{t}^2",
        r"\theta_t = \theta_{t-1} + v_{t-1}",
        r"v \leftarrow \mu v + \eta g",
    ],
)
def classical_momentum(theta, v, g, eta=0.1, mu=0.9):
    v = mu * v - eta * g
    theta = theta + v
    return theta, v


@case(
    r"$g \in \mathbb{R}^d$, $c > 0$, $\tilde g$ (`return`)",
    [
        r"\tilde g = g\cdot\min\Big(1,\frac{c}{\lVert g\rVert_2}\Big)",
        r"\|\tilde g\| \le c",
    ],
    [
        r"\tilde g = g\cdot\max\Big(1,\frac{c}{\lVert g\rVert_2}\Big)",
        r"\tilde g = g\cdot\min\Big(1,\frac{\lVert g\rVert_2}{c}\Big)",
        r"\tilde g = g \cdot \frac{c}{\|g\|}",
        r"\|\tilde g\| < c",
    ],
)
def clip_norm(g, c):
    n = np.linalg.norm(g)
    return g * min(1.0, c / n) if n > 0 else g


@case(
    r"$t, T \in \mathbb{N}$, $\eta_t$ (`return`)",
    [
        r"\eta_t = \eta_{\min} + \frac12 (\eta_{\max} - \eta_{\min}) \left(1 + \cos\left(\frac{t}{T}\pi"
        r"\right)\right)",
    ],
    [
        r"\eta_t = \eta_{\min} + \frac12 (\eta_{\max} - \eta_{\min}) \left(1 - \cos\left(\frac{t}{T}\pi"
        r"\right)\right)",
        r"\eta_t = \eta_{\min} + \frac12 (\eta_{\max} + \eta_{\min}) \left(1 + \cos\left(\frac{t}{T}\pi"
        r"\right)\right)",
    ],
)
def cosine(t, T, eta_min, eta_max):
    return eta_min + (eta_max - eta_min) * (1 + np.cos(np.pi * t / T)) / 2


# ------------------------------------------------------------------ convolution
@case(
    r"$X \in \mathbb{R}^{5 \times 6}$, $K \in \mathbb{R}^{h \times w}$, $Y$ (`return`)",
    [
        r"Y_{ij} = \sum_{a=0}^{h-1} \sum_{b=0}^{w-1} K_{ab} X_{i+a, j+b}",
        r"Y_{i,j} = \sum_{a=1}^{h} \sum_{b=1}^{w} K_{a,b}\, X_{i+a-1,\,j+b-1}",
        r"[Y]_{i,j} = \sum_a \sum_b [K]_{a,b} [X]_{i+a-1,j+b-1}",
    ],
    [
        r"Y_{ij} = \sum_{a=0}^{h-1} \sum_{b=0}^{w-1} K_{ab} X_{i-a, j-b}",
        r"Y_{ij} = \sum_{a=0}^{h-1} \sum_{b=0}^{w-1} K_{ba} X_{i+a, j+b}",
        r"Y_{ij} = \sum_{a=1}^{h-1} \sum_{b=1}^{w-1} K_{ab} X_{i+a, j+b}",
        r"Y_{ij} = \sum_{a=0}^{h-1} \sum_{b=0}^{w-1} K_{ab} X_{j+a, i+b}",
        r"Y_{i,j} = \sum_{a=1}^{h} \sum_{b=1}^{w} K_{a,b}\, X_{i+a,\,j+b}",
    ],
)
def correlate(X, K):
    h, w = K.shape
    return np.array(
        [
            [(X[i : i + h, j : j + w] * K).sum() for j in range(X.shape[1] - w + 1)]
            for i in range(X.shape[0] - h + 1)
        ]
    )


@case(
    r"$x \in \mathbb{R}^{9}$, $w \in \mathbb{R}^{k}$, $d \in \{1, 2\}$, $y$ (`return`)",
    [
        r"y_t = \sum_{i=0}^{k-1} w_i\, x_{t + d\, i}",
        r"y_i = \sum_{j=1}^{k} w_j x_{i + d(j-1)}",
    ],
    [
        r"y_t = \sum_{i=0}^{k-1} w_i\, x_{t + i}",
        r"y_t = \sum_{i=0}^{k-1} w_i\, x_{t - d\, i}",
        r"y_t = \sum_{i=0}^{k} w_i\, x_{t + d\, i}",
    ],
)
def dilated(x, w, d):
    k = len(w)
    return np.array([sum(w[j] * x[i + d * j] for j in range(k)) for i in range(len(x) - d * (k - 1))])


@case(
    r"$n, k, p, s \in \mathbb{N}$, $n_{\mathrm{out}}$ (`return`)",
    [
        r"n_{\mathrm{out}} = \left\lfloor\frac{n + 2p - k}{s}\right\rfloor + 1",
        r"n_{\rm out} = \lfloor (n - k + 2p + s)/s \rfloor",
    ],
    [
        r"n_{\mathrm{out}} = \left\lfloor\frac{n + 2p - k}{s}\right\rfloor",
        r"n_{\mathrm{out}} = \left\lceil\frac{n + 2p - k}{s}\right\rceil + 1",
        r"n_{\mathrm{out}} = \left\lfloor\frac{n + p - k}{s}\right\rfloor + 1",
        r"n_{\mathrm{out}} = \frac{n + 2p - k}{s} + 1",
    ],
)
def conv_size(n, k, p, s):
    return (n + 2 * p - k) // s + 1


# ------------------------------------------------------------------ metrics
@case(
    r"$\mathrm{TP}, \mathrm{FP}, \mathrm{TN}, \mathrm{FN} \in \mathbb{N}$",
    [
        r"\mathrm{Acc}=\frac{TP+TN}{TP+TN+FP+FN},\ P=\frac{TP}{TP+FP},\ R=\frac{TP}{TP+FN}",
        r"F_1 = 2 \cdot \frac{P \cdot R}{P + R} = \frac{2TP}{2TP + FP + FN}",
        r"\mathrm{MCC}=\frac{TP\cdot TN-FP\cdot FN}{\sqrt{(TP+FP)(TP+FN)(TN+FP)(TN+FN)}}",
        r"\frac{1}{F_1} = \frac12\left(\frac1P + \frac1R\right)",
    ],
    [
        r"P=\frac{TP}{TP+FN}",
        r"R=\frac{TP}{TP+FP}",
        r"F_1 = \frac{P \cdot R}{P + R}",
        r"F_1 = \frac{2TP}{2TP + FP - FN}",
        r"\mathrm{Acc}=\frac{TP+FP}{TP+TN+FP+FN}",
        r"\mathrm{MCC}=\frac{TP\cdot TN+FP\cdot FN}{\sqrt{(TP+FP)(TP+FN)(TN+FP)(TN+FN)}}",
    ],
)
def confusion(TP, FP, TN, FN):
    Acc = (TP + TN) / (TP + TN + FP + FN)
    P, R = TP / (TP + FP), TP / (TP + FN)
    F_1 = 2 * P * R / (P + R)
    MCC = (TP * TN - FP * FN) / np.sqrt((TP + FP) * (TP + FN) * (TN + FP) * (TN + FN))
    return Acc, P, R, F_1, MCC


@case(
    r"$s \in \mathbb{R}^n$, $y \in \{0,1\}^n$, $\mathcal{P}$ (`pos`), $\mathcal{N}$ (`neg`), $"
    r"\mathrm{AUC}$ (`return`)",
    [
        r"\mathrm{AUC} = \frac{1}{|\mathcal P||\mathcal N|}\sum_{i\in\mathcal P}\sum_{j\in\mathcal N}"
        r"\left(\mathbb 1[s_i>s_j]+\tfrac12\mathbb 1[s_i=s_j]\right)",
        r"\mathrm{AUC} = \frac{\sum_{i:y_i=1}\sum_{j:y_j=0} \left(\mathbb{1}[s_i > s_j] + \frac12 "
        r"\mathbb{1}[s_i = s_j]\right)}{|\mathcal P|\cdot|\mathcal N|}",
    ],
    [
        r"\mathrm{AUC} = \frac{1}{|\mathcal P||\mathcal N|}\sum_{i\in\mathcal P}\sum_{j\in\mathcal N}"
        r"\mathbb 1[s_i>s_j]",
        r"\mathrm{AUC} = \frac{1}{|\mathcal P||\mathcal N|}\sum_{i\in\mathcal P}\sum_{j\in\mathcal N}"
        r"\mathbb 1[s_i\ge s_j]",
        r"\mathrm{AUC} = \frac{1}{|\mathcal P||\mathcal N|}\sum_{i\in\mathcal P}\sum_{j\in\mathcal N}"
        r"\left(\mathbb 1[s_i<s_j]+\tfrac12\mathbb 1[s_i=s_j]\right)",
        r"\mathrm{AUC} = \frac{1}{|\mathcal P|}\sum_{i\in\mathcal P}\sum_{j\in\mathcal N}\left(\mathbb"
        r" 1[s_i>s_j]+\tfrac12\mathbb 1[s_i=s_j]\right)",
    ],
)
def auc(s, y):
    pos, neg = np.flatnonzero(y == 1), np.flatnonzero(y == 0)
    return np.mean([(s[i] > s[j]) + 0.5 * (s[i] == s[j]) for i in pos for j in neg])


@case(
    r"$R, P \in (0, 1)^n$, $\mathrm{AP}$ (`return`)",
    [
        r"\mathrm{AP} = \sum_{k=1}^n (R_k - R_{k-1}) P_k, \quad R_0 = 0",
    ],
    [
        r"\mathrm{AP} = \sum_{k=1}^n (R_k - R_{k-1}) P_{k-1}, \quad R_0 = 0",
        r"\mathrm{AP} = \sum_{k=1}^n (R_k - R_{k-1}) P_k, \quad R_0 = 1",
        r"\mathrm{AP} = \sum_{k=1}^n (R_k - R_{k-1}) P_k",
        r"\mathrm{AP} = \sum_{k=1}^n (R_{k-1} - R_{k}) P_k, \quad R_0 = 0",
        r"\mathrm{AP} = \sum_{k=2}^n (R_k - R_{k-1}) P_k, \quad R_0 = 0",
        r"\mathrm{AP} = \frac1n \sum_{k=1}^n P_k",
    ],
)
def average_precision(R, P):
    return (np.diff(np.append(0.0, R)) * P).sum()


@case(
    r"$R, P \in [0, 1]^n$, $\mathrm{AP}_{11}$ (`return`)",
    [
        r"\mathrm{AP}_{11} = \frac{1}{11} \sum_{r \in \{0, 0.1, \dots, 1\}} \max\left(0, \max_{k} P_k "
        r"\mathbb{1}[R_k \ge r]\right)",
    ],
    [
        r"\mathrm{AP}_{11} = \frac{1}{11} \sum_{r \in \{0, 0.1, \dots, 1\}} \max\left(0, \max_{k} P_k "
        r"\mathbb{1}[R_k \le r]\right)",
        r"\mathrm{AP}_{11} = \frac{1}{10} \sum_{r \in \{0, 0.1, \dots, 1\}} \max\left(0, \max_{k} P_k "
        r"\mathbb{1}[R_k \ge r]\right)",
        r"\mathrm{AP}_{11} = \frac{1}{11} \sum_{r \in \{0, 0.1, \dots, 0.9\}} \max\left(0, \max_{k} P_k "
        r"\mathbb{1}[R_k \ge r]\right)",
    ],
)
def ap11(R, P):
    return sum(max(P[R >= r - 1e-12], default=0.0) for r in np.arange(11) / 10) / 11


# ------------------------------------------------------------------ others
@case(
    r"$a, x_1 \in \mathbb{R}$",
    [
        r"W(t)=\begin{cases}(a+2)|t|^3-(a+3)|t|^2+1&|t|\le1\\a|t|^3-5a|t|^2+8a|t|-4a&1<|t|<2\\0&"
        r"\text{otherwise}\end{cases}",
    ],
    [
        r"W(t)=\begin{cases}(a+2)|t|^3-(a+3)|t|^2+1&|t|\le1\\a|t|^3-5a|t|^2+8a|t|+4a&1<|t|<2\\0&"
        r"\text{otherwise}\end{cases}",
        r"W(t)=\begin{cases}(a+2)t^3-(a+3)|t|^2+1&|t|\le1\\a|t|^3-5a|t|^2+8a|t|-4a&1<|t|<2\\0&"
        r"\text{otherwise}\end{cases}",
    ],
)
def W(t, a=-0.5):
    t = abs(t)
    return (
        (a + 2) * t**3 - (a + 3) * t**2 + 1
        if t <= 1
        else a * t**3 - 5 * a * t**2 + 8 * a * t - 4 * a
        if t < 2
        else 0.0
    )


@case(
    r"$M \in \mathbb{N}$, $p \in (0,1)$, $P_{\rm maj}$ (`return`)",
    [
        r"P_{\rm maj}=\sum_{k=\lfloor M/2\rfloor+1}^{M}\binom Mkp^k(1-p)^{M-k}",
        r"P_{\rm maj}=\sum_{k=\lfloor M/2\rfloor+1}^{M}\frac{M!}{k!(M-k)!}p^k(1-p)^{M-k}",
    ],
    [
        r"P_{\rm maj}=\sum_{k=\lfloor M/2\rfloor}^{M}\binom Mkp^k(1-p)^{M-k}",
        r"P_{\rm maj}=\sum_{k=\lfloor M/2\rfloor+1}^{M}\binom Mkp^k(1-p)^{M}",
        r"P_{\rm maj}=\sum_{k=\lfloor M/2\rfloor+1}^{M}\binom Mkp^k(1+p)^{M-k}",
    ],
)
def majority(M, p):
    return sum(math.comb(M, k) * p**k * (1 - p) ** (M - k) for k in range(M // 2 + 1, M + 1))


@case(
    r"$x \in \mathbb{R}$, $x \sim \mathcal{N}(0, s^2)$, $s > 0$, $y$ (`return`)",
    [
        r"\mathbb{E}[y] = \mu",
        r"\operatorname{Var}[y] = a^2 s^2",
        r"\mathbb{E}[y^2] = \mu^2 + a^2 s^2",
    ],
    [
        r"\mathbb{E}[y] = 0",
        r"\operatorname{Var}[y] = a s^2",
        r"\mathbb{E}[y^2] = a^2 s^2",
    ],
)
def affine(x, a, mu):
    return a * x + mu


@case(
    r"$u, v \in \mathbb{R}^n$",
    [
        r"c = \frac{\langle u, v \rangle}{\|u\|_2 \|v\|_2}",
        r"c = \frac{u^\top v}{\sqrt{u^\top u}\sqrt{v^\top v}}",
        r"-1 \le c \le 1",
        r"c = \frac{\sum_{i=1}^{n} u_i v_i}{\sqrt{\sum_{i=1}^n u_i^2} \sqrt{\sum_{i=1}^n v_i^2}}",
    ],
    [
        r"c = \frac{u^\top v}{\|u\|\,\|u\|}",
        r"c = \frac{|u^\top v|}{\|u\|\,\|v\|}",
        r"c = \frac{u^\top v}{\|u\|_1 \|v\|_1}",
        r"0 \le c \le 1",
        r"c = \frac{u v}{\|u\|\,\|v\|}",
    ],
)
def cosine_similarity(u, v):
    c = u @ v / np.sqrt((u @ u) * (v @ v))
    return c


# ------------------------------------------------------------------ the function by its own arguments
@case(
    r"$P \in \Delta^{n}$ (`p`), $Q \in \Delta^{n}$ (`q`)",
    [
        r"D_{KL}(P \,\|\, Q) = \sum_{i=1}^n P_i \ln\frac{P_i}{Q_i}",
        r"D(P, Q) \ge 0",
    ],
    [
        r"D_{KL}(P \,\|\, Q) = \sum_{i=1}^n P_i \ln\frac{Q_i}{P_i}",
        r"D_{KL}(P \,\|\, Q) = \sum_{i=1}^n Q_i \ln\frac{P_i}{Q_i}",
        r"D(P, Q) \le 0",
    ],
)
def divergence(p, q):
    return np.sum(p * np.log(p / q))


@case(
    r"$y, \hat y \in \mathbb{R}$, $\delta > 0$, $L_\delta$ (`return`)",
    [
        r"L_\delta(y, \hat y) = \begin{cases}\frac12 (y-\hat y)^2 & \text{if } |y-\hat y|\le\delta\\"
        r"\delta|y-\hat y|-\frac12\delta^2 & \text{otherwise}\end{cases}",
        r"J_\delta(y, \hat y) \ge 0",
        r"2 L_\delta(y, \hat y) \le (y - \hat y)^2",
    ],
    [
        r"L_\delta(y, \hat y) = \begin{cases}\frac12 (y-\hat y)^2 & \text{if } |y-\hat y|\le\delta\\"
        r"\delta(y-\hat y)-\frac12\delta^2 & \text{otherwise}\end{cases}",
        r"2 L_\delta(y, \hat y) \ge (y - \hat y)^2",
    ],
)
def robust_loss(y, y_hat, delta=1.0):
    r = np.abs(y - y_hat)
    return np.where(r <= delta, 0.5 * r**2, delta * (r - 0.5 * delta))


@case(
    r"$y \in \{-1, 1\}$, $s \in \mathbb{R}$",
    [r"\ell(y) = \max(0, 1 - y \cdot s)", r"\ell(y, s) = \max(0, 1 - y \cdot s)"],
    [r"\ell(y) = \max(0, 1 + y \cdot s)", r"\ell(y, s) = \max(0, 1 - s)"],
)
def margin_loss(y, s):
    return np.maximum(0, 1 - y * s)
