"""Docstrings as an author would write them, and what slips into them: (formula, damage) pairs.

Each damage replaces a part of the docstring by another; several replacements make one damage in a list.
"""

import math
import re
import types

import numpy as np

CASES = []


def damaged(*damages):
    def register(function):
        CASES.append((function, [d if isinstance(d, list) else [d] for d in damages]))
        return function

    return register


def with_damage(function, replacements):
    """The same function under another docstring; a line may end inside of what is replaced."""
    text = function.__doc__
    for old, new in replacements:
        pattern = r"\s+".join(map(re.escape, old.split()))
        text, count = re.subn(pattern, lambda m: new, text, count=1)
        assert count, f"{old} is not in the docstring of {function.__name__}()"
    code, space = function.__code__, function.__globals__
    other = types.FunctionType(code, space, function.__name__, function.__defaults__)
    other.__doc__ = text
    return other


@damaged(
    ("W_{hh} h_{t-1}", r"W_{hh}^\top h_{t-1}"),
    ("+ b)", "- b)"),
    ("h_{t-1} + b", "h_{t} + b"),
    (r"\tanh(", r"\sigma("),
)
def rnn_step(x, h, W_xh, W_hh, b):
    r"""One step.

    $$h_t = \tanh(W_{xh} x_t + W_{hh} h_{t-1} + b)$$

    $x_t \in \mathbb{R}^{d}$, $h_t \in \mathbb{R}^{n}$, $W_{xh} \in \mathbb{R}^{n \times d}$, $W_{hh} \in
    \mathbb{R}^{n \times n}$, $b \in \mathbb{R}^{n}$, $h_t$ (`return`)
    """
    return np.tanh(W_xh @ x + W_hh @ h + b)


@damaged(
    ("W_{hh} h_{t-1}", "W_{hh} h_{t-2}"),
    ("h_{t-1} + b", "h_{t} + b"),
    ("+ b)", ")"),
    ("W_{hh} h_{t-1}", "h_{t-1} W_{hh}"),
)
def rnn_sequence(x, W_xh, W_hh, b):
    r"""All steps.

    $$h_t = \tanh(W_{xh} x_t + W_{hh} h_{t-1} + b), \quad h_0 = 0, \quad t = 1, \dots, T$$

    $x \in \mathbb{R}^{T \times d}$, $W_{xh} \in \mathbb{R}^{n \times d}$, $W_{hh} \in \mathbb{R}^{n
    \times n}$, $b \in \mathbb{R}^{n}$
    """
    T = len(x)
    h = np.zeros((T + 1, len(b)))
    for t in range(1, T + 1):
        h[t] = np.tanh(W_xh @ x[t - 1] + W_hh @ h[t - 1] + b)
    return h


@damaged(
    (r"+ \lambda \theta_{t-1}\right)", r"\right)"),
    (r"\lambda \theta_{t-1}", r"\lambda \theta_{t-1}^2"),
    (r"\lambda \theta_{t-1}", r"\lambda \theta_{t}"),
    (r"\theta_{t-1} - \eta", r"\theta_{t} - \eta"),
)
def adamw_update(theta, m_hat, v_hat, eta=0.01, lam=0.1, eps=1e-8):
    r"""Decoupled decay.

    $$\theta_t = \theta_{t-1} - \eta \left(\frac{\hat{m}_t}{\sqrt{\hat{v}_t} + \epsilon} + \lambda
    \theta_{t-1}\right)$$

    $\theta, \hat m \in \mathbb{R}^n$, $\hat v \in (0, 1)^n$, $\theta_t$ (`return`)
    """
    return theta - eta * (m_hat / (np.sqrt(v_hat) + eps) + lam * theta)


@damaged(
    (r"\frac{2}{n}", r"\frac{1}{n}"),
    (r"X^\top (X w - y)", r"X^\top (y - X w)"),
    (r"X^\top (X", "(X"),
)
def mse_grad(X, y, w):
    r"""Gradient of the least squares loss.

    $$L(w) = \frac{1}{n} \lVert X w - y \rVert_2^2$$
    $$\nabla_w L = \frac{2}{n} X^\top (X w - y)$$

    $X \in \mathbb{R}^{n \times d}$, $y \in \mathbb{R}^{n}$, $w \in \mathbb{R}^d$, $\nabla_w L$ (`return`)
    """
    n = len(y)
    L = np.sum((X @ w - y) ** 2) / n
    return 2 / n * X.T @ (X @ w - y)


@damaged(
    (r"-\frac{1}{N}", "-"),
    (r"\sum_{j=1}^{N} \exp(s_{ij} / \tau)", r"\sum_{j=1}^{N} \exp(s_{ji} / \tau)"),
    (r"\sum_{j=1}^{N} \exp", r"\sum_{j \ne i} \exp"),
    (r"\exp(s_{ii} / \tau)", r"\exp(s_{ii})"),
    (r"u_i^\top v_j", r"v_i^\top u_j"),
)
def infonce(U, V, tau=0.1):
    r"""InfoNCE.

    $$L = -\frac{1}{N} \sum_{i=1}^{N} \log \frac{\exp(s_{ii} / \tau)}{\sum_{j=1}^{N} \exp(s_{ij} /
    \tau)}, \quad s_{ij} = u_i^\top v_j$$

    $u$ (`U`), $v$ (`V`), $U, V \in \mathbb{R}^{N \times d}$, $L$ (`return`)
    """
    s = U @ V.T
    z = s / tau
    return -np.mean(np.diag(z) - np.log(np.exp(z).sum(1)))


@damaged(
    ("x[n - k]", "x[n + k]"),
    ("x[n - k]", "x[k - n]"),
)
def convolve(h, x):
    r"""Convolution, full.

    $$y[n] = \sum_{k: 0 \le n - k < N} h[k]\, x[n - k]$$

    $h \in \mathbb{R}^{K}$, $x \in \mathbb{R}^{N}$, $y$ (`return`)
    """
    return np.convolve(h, x)


@damaged(
    ("H(p) + D", "H(p) - D"),
    (r"H(p, q) = -\sum_i p_i \log q_i", r"H(p, q) = -\sum_i q_i \log p_i"),
    (r"H(p) + D_{\mathrm{KL}}(p \parallel q)", r"H(q) + D_{\mathrm{KL}}(p \parallel q)"),
    (r"D_{\mathrm{KL}}(p \parallel q)$$", r"D_{\mathrm{KL}}(q \parallel p)$$"),
)
def cross_entropy(p, q):
    r"""Cross-entropy.

    $$H(p, q) = -\sum_i p_i \log q_i = H(p) + D_{\mathrm{KL}}(p \parallel q)$$

    $$H(p) = -\sum_i p_i \log p_i, \qquad D_{\mathrm{KL}}(p \parallel q) = \sum_i p_i \log
    \frac{p_i}{q_i}$$

    $p, q \in \Delta^{n-1}$
    """
    return -(p * np.log(q)).sum()


@damaged(
    (r"\sum_{l=1}^{m} e^{s_{il}}", r"\sum_{l=1}^{n} e^{s_{li}}"),
    (r"q_i^\top k_j", r"q_j^\top k_i"),
    ("a_{ij} v_j", "a_{ji} v_j"),
    (r"\sqrt{d}", "d"),
)
def attention_indices(q, k, v):
    r"""Attention in index form.

    $$s_{ij} = \frac{q_i^\top k_j}{\sqrt{d}}, \quad a_{ij} = \frac{e^{s_{ij}}}{\sum_{l=1}^{m}
    e^{s_{il}}}, \quad o_i = \sum_{j=1}^{m} a_{ij} v_j$$

    $q \in \mathbb{R}^{n \times d}$, $k \in \mathbb{R}^{m \times d}$, $v \in \mathbb{R}^{m \times c}$,
    $o$ (`return`)
    """
    d = q.shape[1]
    s = q @ k.T / np.sqrt(d)
    a = np.exp(s) / np.exp(s).sum(1, keepdims=True)
    return a @ v


@damaged(
    (r"\gamma \sum", r"\sum"),
    ("P_{s a s'}", "P_{s' a s}"),
    (r"\max_a", r"\min_a"),
    (r"V_{s'} \right", r"V_{s} \right"),
)
def bellman_optimality(V, P, R, gamma):
    r"""Value iteration, one sweep.

    $$V'_s = \max_a \left( R_{sa} + \gamma \sum_{s'} P_{s a s'} V_{s'} \right)$$

    $V \in \mathbb{R}^{n}$, $P \in (0, 1)^{n \times m \times n}$, $R \in \mathbb{R}^{n \times m}$, $0 <
    \gamma < 1$, $V'$ (`return`)
    """
    return (R + gamma * np.einsum("sat,t->sa", P, V)).max(1)


@damaged(
    (r"\gamma \max", r"\max"),
    (r"\max_{a'}", r"\min_{a'}"),
    (r"- q \right", r"\right"),
    (r"+ \alpha", r"- \alpha"),
)
def q_learning(q, q_next, r, alpha, gamma):
    r"""Tabular update.

    $$q \leftarrow q + \alpha \left[ r + \gamma \max_{a'} q'_{a'} - q \right]$$

    $q' \in \mathbb{R}^{A}$, $q'$ (`q_next`), $q$ (`q`), $0 < \alpha < 1$, $0 < \gamma < 1$
    """
    q = q + alpha * (r + gamma * q_next.max() - q)
    return q


@damaged(
    (r"\gamma^{k}", r"\gamma^{k+1}"),
    (r"\gamma^{k}", r"\gamma"),
)
def returns(r, gamma):
    r"""Discounted return from each time.

    $$G_t = \sum_{k=0}^{T-t-1} \gamma^{k} r_{t+k+1}, \quad t = 0, \dots, T-1$$

    $r \in \mathbb{R}^{T}$, $0 < \gamma < 1$, $r_1, \dots, r_T$, $G$ (`return`)
    """
    G, out = 0.0, []
    for x in r[::-1]:
        G = x + gamma * G
        out.append(G)
    return np.array(out[::-1])


@damaged(
    (r"\arg\min_k", r"\arg\max_k"),
    (r"\|x_i - \mu_k\|^2", r"\|x_i + \mu_k\|^2"),
    (r"x_i - \mu_k", r"x_k - \mu_i"),
)
def kmeans_assign(x, mu):
    r"""Assignment step.

    $$c_i = \arg\min_k \|x_i - \mu_k\|^2$$

    $x \in \mathbb{R}^{n \times d}$, $\mu \in \mathbb{R}^{K \times d}$, $c$ (`return`)
    """
    return ((x[:, None] - mu) ** 2).sum(-1).argmin(1)


@damaged(
    ("x_i}", "x_k}"),
    (r"\frac{\sum_{i: c_i = k}", r"\frac{\sum_{i: c_i \ne k}"),
    (r"\sum_{i} \mathbb{1}[c_i = k]", "n"),
)
def kmeans_update(x, c):
    r"""Update step.

    $$\mu_k = \frac{\sum_{i: c_i = k} x_i}{\sum_{i} \mathbb{1}[c_i = k]}, \quad k = 0, 1$$

    $x \in \mathbb{R}^{n \times d}$, $c \in \{0, 1\}^{n}$, $\mu$ (`return`)
    """
    if len(set(c)) < 2:
        raise ValueError
    return np.array([x[c == k].mean(0) for k in (0, 1)])


@damaged(
    (r"\frac{1}{n-1}", r"\frac{1}{n}"),
    (r"(x_i - \bar x)(x_i - \bar x)^\top", r"(x_i - \bar x)^\top(x_i - \bar x)"),
    (r"(x_i - \bar x)(x_i - \bar x)^\top", r"x_i x_i^\top"),
)
def covariance(X):
    r"""Sample covariance.

    $$S = \frac{1}{n-1} \sum_{i=1}^{n} (x_i - \bar x)(x_i - \bar x)^\top, \qquad \bar x = \frac{1}{n}
    \sum_{i=1}^{n} x_i$$

    $X \in \mathbb{R}^{n \times d}$, $x$ (`X`), $S$ (`return`)
    """
    return np.cov(X.T)


@damaged(
    (r"\frac{1}{n - 1}", r"\frac{1}{n}"),
    (r"\tilde X^\top \tilde X", r"\tilde X \tilde X^\top"),
    (r"X - \mathbf{1} \bar x^\top", r"X + \mathbf{1} \bar x^\top"),
)
def covariance_matrix(X):
    r"""Sample covariance as a product.

    $$C = \frac{1}{n - 1} \tilde X^\top \tilde X, \qquad \tilde X = X - \mathbf{1} \bar x^\top$$

    $X \in \mathbb{R}^{n \times d}$, $\bar x$ (`m`), $C$ (`return`)
    """
    n = len(X)
    m = X.mean(0)
    return (X - m).T @ (X - m) / (n - 1)


@damaged(
    (r"U \Sigma V^\top", r"U \Sigma V"),
    (r"U \Sigma V^\top", r"V \Sigma U^\top"),
)
def svd(X):
    r"""Singular value decomposition.

    $$X = U \Sigma V^\top, \quad U^\top U = I, \quad V^\top V = I$$

    $X \in \mathbb{R}^{m \times n}$
    """
    U, s, Vt = np.linalg.svd(X, full_matrices=False)
    Sigma, V = np.diag(s), Vt.T
    return U, Sigma, V


@damaged(
    (r"\sigma_i u_i v_i^\top", r"\sigma_i v_i u_i^\top"),
    (r"\sum_{i=1}^{k}", r"\sum_{i=1}^{k-1}"),
    (r"\sigma_i u_i", r"\sigma_i^2 u_i"),
)
def low_rank(u, sigma, v, k):
    r"""Truncated sum of rank-one matrices; the rows of u and v are the vectors.

    $$X_k = \sum_{i=1}^{k} \sigma_i u_i v_i^\top$$

    $u \in \mathbb{R}^{r \times m}$, $v \in \mathbb{R}^{r \times n}$, $\sigma \in (0, 1)^{r}$, $k \in
    \{1, 2\}$, $X_k$ (`return`)
    """
    k = int(k)
    return (u[:k].T * sigma[:k]) @ v[:k]


@damaged(
    (r"\frac{1}{2}", ""),
    (r"(2\pi)^{d/2}", r"(2\pi)^{d}"),
    (r"|\Sigma|^{1/2}", r"|\Sigma|"),
    (r"\Sigma^{-1}", r"\Sigma"),
    (r"-\frac{1}{2}", r"\frac{1}{2}"),
)
def mvn_pdf(x, mu, Sigma):
    r"""Gaussian density.

    $$\mathcal{N}(x; \mu, \Sigma) = \frac{1}{(2\pi)^{d/2} |\Sigma|^{1/2}} \exp\left(-\frac{1}{2} (x -
    \mu)^\top \Sigma^{-1} (x - \mu)\right)$$

    $x, \mu \in \mathbb{R}^{d}$, $\Sigma \in \mathbb{R}^{d \times d}$, $\Sigma \succ 0$
    """
    d, r = len(x), x - mu
    return np.exp(-0.5 * r @ np.linalg.solve(Sigma, r)) / np.sqrt((2 * np.pi) ** d * np.linalg.det(Sigma))


@damaged(
    (r"\log \frac{\sigma_2}{\sigma_1}", r"\log \frac{\sigma_1}{\sigma_2}"),
    (r"- \frac{1}{2}", r"+ \frac{1}{2}"),
    (r"\sigma_1^2 + (", r"\sigma_1^2 - ("),
    (r"2\sigma_2^2", r"2\sigma_1^2"),
)
def kl_gauss(mu1, sigma1, mu2, sigma2):
    r"""KL of Gaussians.

    $$\mathrm{KL}(\mathcal{N}_1 \| \mathcal{N}_2) = \log \frac{\sigma_2}{\sigma_1} + \frac{\sigma_1^2 +
    (\mu_1 - \mu_2)^2}{2\sigma_2^2} - \frac{1}{2}$$

    $\sigma_1, \sigma_2 > 0$, $\mathrm{KL}(\mathcal{N}_1 \| \mathcal{N}_2)$ (`return`)
    """
    return math.log(sigma2 / sigma1) + (sigma1**2 + (mu1 - mu2) ** 2) / (2 * sigma2**2) - 0.5


@damaged(
    (r"P H^\top (", "P H ("),
    ("+ R)^{-1}", "+ R)"),
    (r"H P H^\top", r"H^\top P H"),
    ("I - K H", "I - H K"),
    ("x + K", "x - K"),
    ("z - H", "z + H"),
)
def kalman(x, P, z, H, R):
    r"""Measurement update.

    $$K = P H^\top (H P H^\top + R)^{-1}$$
    $$x^+ = x + K (z - H x), \qquad P^+ = (I - K H) P$$

    $x \in \mathbb{R}^{n}$, $P \in \mathbb{R}^{n \times n}$, $P \succ 0$, $z \in \mathbb{R}^{m}$, $H \in
    \mathbb{R}^{m \times n}$, $R \in \mathbb{R}^{m \times m}$, $R \succ 0$, $x^+$ (`return[0]`), $P^+$
    (`return[1]`)
    """
    K = P @ H.T @ np.linalg.inv(H @ P @ H.T + R)
    return x + K @ (z - H @ x), (np.eye(len(x)) - K @ H) @ P


@damaged(
    (r"\sin\left", r"\cos\left"),
    ("10000^{2i/d}", "10000^{i/d}"),
    (r"PE_{pos,2i+1} = \cos", r"PE_{pos,2i+1} = \sin"),
    ("10000", "1000"),
)
def positional_encoding(n, d):
    r"""Sinusoids.

    $$PE_{pos,2i} = \sin\left(\frac{pos}{10000^{2i/d}}\right), \quad PE_{pos,2i+1} =
    \cos\left(\frac{pos}{10000^{2i/d}}\right)$$

    $n \in \{3, 5\}$, $d \in \{4, 6\}$, $PE$ (`return`)
    """
    n, d = int(n), int(d)
    PE = np.zeros((n, d))
    for pos in range(n):
        for i in range(d // 2):
            PE[pos, 2 * i] = np.sin(pos / 10000 ** (2 * i / d))
            PE[pos, 2 * i + 1] = np.cos(pos / 10000 ** (2 * i / d))
    return PE


@damaged(
    ("+ n_l", ""),
    ("n_{l-1} n_l", "n_{l-1} + n_l"),
    (r"\sum_{l=1}^{L}", r"\sum_{l=2}^{L}"),
)
def parameters(n):
    r"""Number of parameters of an MLP with sizes n_0, …, n_L.

    $$P = \sum_{l=1}^{L} (n_{l-1} n_l + n_l)$$

    $n \in \mathbb{N}^{L+1}$, $n_0, \dots, n_L$, $P$ (`return`)
    """
    return sum(a * b + b for a, b in zip(n[:-1], n[1:]))


@damaged(
    (r"\min(x_2, x_2')", r"\max(x_2, x_2')"),
    (r"\max(x_1, x_1')", r"\min(x_1, x_1')"),
    (r"\max(0, \min(y", r"\min(0, \min(y"),
)
def box_intersection(x1, y1, x2, y2, a1, b1, a2, b2):
    r"""Intersection of two boxes.

    $$I = \max(0, \min(x_2, x_2') - \max(x_1, x_1')) \cdot \max(0, \min(y_2, y_2') - \max(y_1, y_1'))$$

    $x_1'$ (`a1`), $y_1'$ (`b1`), $x_2'$ (`a2`), $y_2'$ (`b2`), $I$ (`return`)
    """
    return max(0, min(x2, a2) - max(x1, a1)) * max(0, min(y2, b2) - max(y1, b1))


@damaged(
    ("k!", "(k+1)!"),
    (r"\sum_{k=0}^{n}", r"\sum_{k=1}^{n}"),
    ("x^k", "x^{k+1}"),
    ("{n}", "{n-1}"),
)
def taylor_exp(x, n):
    r"""Partial sum of the exponential series.

    $$T_n(x) = \sum_{k=0}^{n} \frac{x^k}{k!}$$

    $x \in \mathbb{R}$, $n \in \mathbb{N}$, $T_n(x)$ (`return`)
    """
    return sum(x**k / math.factorial(k) for k in range(int(n) + 1))


@damaged(
    ("c_k x^k", "c_k x^{k+1}"),
    (r"\sum_{k=0}", r"\sum_{k=1}"),
    ("c_k x^k", "c_k^k x"),
)
def horner(x, c):
    r"""Polynomial.

    $$p(x) = \sum_{k=0}^{n} c_k x^k$$

    $x \in \mathbb{R}$, $c \in \mathbb{R}^{n+1}$
    """
    y = 0.0
    for a in c[::-1]:
        y = y * x + a
    return y


@damaged(
    (r"\cos", r"\sin"),
    (r"2\pi k n", r"\pi k n"),
    (r"{N}\r", r"{N-1}\r"),
    ("x_n", "x_k"),
)
def dft(x):
    r"""Real part of the discrete Fourier transform.

    $$C_k = \sum_{n=0}^{N-1} x_n \cos\left(\frac{2\pi k n}{N}\right), \quad k = 0, \dots, N-1$$

    $x \in \mathbb{R}^{N}$, $C$ (`return`)
    """
    return np.fft.fft(x).real


@damaged(
    (r"\sum_{i,j} a_{ij}^2", r"\sum_{i,j} a_{ij}"),
    (r"\operatorname{tr}(A^\top A)", r"\operatorname{tr}(A^\top + A)"),
    (r"\sqrt{\sum", r"{\sum"),
)
def frobenius(A):
    r"""Frobenius norm.

    $$\|A\|_F = \sqrt{\sum_{i,j} a_{ij}^2} = \sqrt{\operatorname{tr}(A^\top A)}$$

    $A \in \mathbb{R}^{m \times n}$, $\|A\|_F$ (`return`)
    """
    return np.sqrt((A**2).sum())


@damaged(
    (r"- \frac{6", r"+ \frac{6"),
    ("n^2 - 1", "n - 1"),
    ("d_i^2", "d_i"),
)
def spearman(a, b):
    r"""Rank correlation without ties.

    $$\rho = 1 - \frac{6 \sum_{i=1}^{n} d_i^2}{n (n^2 - 1)}, \quad d_i = a_i - b_i$$

    $a, b \in \mathbb{R}^{n}$, $\rho$ (`return`)
    """
    n = len(a)
    return 1 - 6 * ((a - b) ** 2).sum() / (n * (n**2 - 1))


@damaged(
    (r"\lfloor t / s \rfloor", r"\lceil t / s \rceil"),
    (r"\gamma^", r"\gamma \cdot "),
)
def step_decay(t, s, eta0, gamma):
    r"""Step decay.

    $$\eta = \eta_0 \gamma^{\lfloor t / s \rfloor}$$

    $t, s \in \mathbb{N}$, $0 < \gamma < 1$, $\eta$ (`return`)
    """
    return eta0 * gamma ** (t // s)


@damaged(
    (r"\sigma(x)(1 - \sigma(x))", r"\sigma(x)(1 + \sigma(x))"),
    (r"\sigma'(x) =", r"\sigma''(x) ="),
    (r"\sigma(x)(1 - \sigma(x))", r"1 - \sigma(x)"),
)
def sigmoid(x):
    r"""Logistic function.

    $$\sigma(x) = \frac{1}{1 + e^{-x}}, \qquad \sigma'(x) = \sigma(x)(1 - \sigma(x)), \qquad \sigma(-x) =
    1 - \sigma(x)$$

    $x \in \mathbb{R}$
    """
    return 1 / (1 + np.exp(-x))


@damaged(
    (r"A + A^\top", r"A - A^\top"),
    (r"A + A^\top", "2 A"),
    (r"\nabla f(x) =", r"-\nabla f(x) ="),
    (r"\nabla^2 f(x) =", r"\nabla^2 f(x) = 2"),
)
def quadratic(x, A):
    r"""Quadratic form.

    $$f(x) = x^\top A x, \qquad \nabla f(x) = (A + A^\top) x, \qquad \nabla^2 f(x) = A + A^\top$$

    $x \in \mathbb{R}^n$, $A \in \mathbb{R}^{n \times n}$
    """
    return x @ A @ x


@damaged(
    ("400 x_1", "400 x_2"),
    ("- 2 (1 - x_1)", "+ 2 (1 - x_1)"),
    ("200 (x_2 - x_1^2)", "100 (x_2 - x_1^2)"),
    ("(1 - x_1)^2 + ", "(1 - x_2)^2 + "),
)
def rosenbrock(x):
    r"""Rosenbrock.

    $$f(x_1, x_2) = (1 - x_1)^2 + 100 (x_2 - x_1^2)^2$$
    $$\frac{\partial f}{\partial x_1} = -400 x_1 (x_2 - x_1^2) - 2 (1 - x_1), \qquad \frac{\partial
    f}{\partial x_2} = 200 (x_2 - x_1^2)$$

    $x \in \mathbb{R}^2$
    """
    return (1 - x[0]) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2


@damaged(
    (r"\frac{\partial f_j}{\partial x_i}", r"\frac{\partial f_i}{\partial x_j}"),
    ("g_j", "g_i"),
    ("g_j", "g_j^2"),
)
def vjp(x, A, g):
    r"""Vector-Jacobian product of f(x) = tanh(A x).

    $$\frac{\partial L}{\partial x_i} = \sum_{j} g_j \frac{\partial f_j}{\partial x_i}, \qquad f(x) =
    \tanh(A x)$$

    $x \in \mathbb{R}^n$, $A \in \mathbb{R}^{m \times n}$, $g \in \mathbb{R}^m$, $\partial L / \partial
    x$ (`return`), $f$ (`f`)
    """
    f = np.tanh(A @ x)
    return A.T @ (g * (1 - f**2))


@damaged(
    ("a d - b c", "a d + b c"),
    ("-b", "b"),
)
def inverse2(a, b, c, d):
    r"""Inverse of a 2 by 2 matrix.

    $$\begin{pmatrix} a & b \\ c & d \end{pmatrix}^{-1} = \frac{1}{a d - b c} \begin{pmatrix} d & -b \\
    -c & a \end{pmatrix}$$

    $a, b, c, d \in \mathbb{R}$, $a d - b c \ne 0$, $\begin{pmatrix} a & b \\ c & d \end{pmatrix}^{-1}$
    (`return`)
    """
    return np.linalg.inv(np.array([[a, b], [c, d]]))


@damaged(
    (r"\operatorname{tr}(\Sigma_2^{-1} \Sigma_1)", r"\operatorname{tr}(\Sigma_1^{-1} \Sigma_2)"),
    ("- d", "+ d"),
    (r"\ln \frac{\det \Sigma_2}{\det \Sigma_1}", r"\ln \frac{\det \Sigma_1}{\det \Sigma_2}"),
    (r"\frac{1}{2}", ""),
)
def kl_mvn(mu1, Sigma1, mu2, Sigma2):
    r"""KL of multivariate normals.

    $$\mathrm{KL} = \frac{1}{2} \left[ \operatorname{tr}(\Sigma_2^{-1} \Sigma_1) + (\mu_2 - \mu_1)^\top
    \Sigma_2^{-1} (\mu_2 - \mu_1) - d + \ln \frac{\det \Sigma_2}{\det \Sigma_1} \right]$$

    $\mu_1, \mu_2 \in \mathbb{R}^{d}$, $\Sigma_1, \Sigma_2 \in \mathbb{R}^{d \times d}$, $\Sigma_1 \succ
    0$, $\Sigma_2 \succ 0$, $\mathrm{KL}$ (`return`)
    """
    S, r = np.linalg.inv(Sigma2), mu2 - mu1
    ratio = np.linalg.det(Sigma2) / np.linalg.det(Sigma1)
    return 0.5 * (np.trace(S @ Sigma1) + r @ S @ r - len(r) + np.log(ratio))


@damaged(
    (r"(\gamma \lambda)^l", r"\gamma \lambda^l"),
    (r"\gamma V_{t+1} - V_t", "V_{t+1} - V_t"),
    (r"\delta_{t+l}", r"\delta_{t-l}"),
)
def gae(r, V, gamma, lam):
    r"""Generalized advantages.

    $$A_t = \sum_{l=0}^{T-1-t} (\gamma \lambda)^l \delta_{t+l}, \qquad \delta_t = r_t + \gamma V_{t+1} -
    V_t, \qquad t = 0, \dots, T - 1$$

    $r \in \mathbb{R}^{T}$, $V \in \mathbb{R}^{T+1}$, $0 < \gamma, \lambda < 1$, $A$ (`return`)
    """
    delta = r + gamma * V[1:] - V[:-1]
    A, out = 0.0, []
    for d in delta[::-1]:
        A = d + gamma * lam * A
        out.append(A)
    return np.array(out[::-1])


@damaged(
    (r"\min\left", r"\max\left"),
    [(r"1 + \epsilon", r"1 - \epsilon"), (r"1 - \epsilon", r"1 + \epsilon")],
    (r"\frac{1}{n}", ""),
    (r"\rho_i A_i,", "A_i,"),
)
def ppo(rho, A, eps=0.2):
    r"""PPO clipped objective.

    $$L = \frac{1}{n} \sum_{i=1}^{n} \min\left(\rho_i A_i, \operatorname{clip}(\rho_i, 1 - \epsilon, 1 +
    \epsilon) A_i\right)$$

    $\rho \in (0, 2)^n$, $A \in \mathbb{R}^n$, $L$ (`return`)
    """
    return np.minimum(rho * A, np.clip(rho, 1 - eps, 1 + eps) * A).mean()


@damaged(
    (r"\frac{1}{2}", ""),
    ("x_k - x_{k-1}", "x_{k+1} - x_k"),
    ("y_k + y_{k-1}", "y_k - y_{k-1}"),
    (r"\sum_{k=2}", r"\sum_{k=1}"),
)
def trapezoid(x, y):
    r"""Trapezoidal rule.

    $$I \approx \frac{1}{2} \sum_{k=2}^{n} (x_k - x_{k-1}) (y_k + y_{k-1})$$

    $x, y \in \mathbb{R}^{n}$, $I$ (`return`)
    """
    return 0.5 * np.sum(np.diff(x) * (y[1:] + y[:-1]))


@damaged(
    (r"x_n - \frac", r"x_n + \frac"),
    ("{2 x_n}", "{x_n}"),
    (r"\frac{a}{x_n}", r"\frac{x_n}{a}"),
)
def newton_sqrt(x, a):
    r"""Newton step for the square root.

    $$x_{n+1} = x_n - \frac{x_n^2 - a}{2 x_n} = \frac{1}{2} \left(x_n + \frac{a}{x_n}\right)$$

    $x > 0$, $a > 0$, $x_{n+1}$ (`return`)
    """
    return 0.5 * (x + a / x)


@damaged(
    ("k_1 + 2 k_2 + 2 k_3 + k_4", "k_1 + k_2 + k_3 + k_4"),
    (r"\frac{h}{6}", r"\frac{h}{4}"),
    (r"y + \frac{h}{2} k_2", "y + h k_2"),
    (r"-\lambda y", r"\lambda y"),
)
def rk4(y, h, lam):
    r"""One step of the classical Runge-Kutta method.

    $$y_{n+1} = y_n + \frac{h}{6} (k_1 + 2 k_2 + 2 k_3 + k_4)$$
    $$k_1 = f(y), \quad k_2 = f\left(y + \frac{h}{2} k_1\right), \quad k_3 = f\left(y + \frac{h}{2}
    k_2\right), \quad k_4 = f(y + h k_3), \quad f(y) = -\lambda y$$

    $y, h, \lambda \in \mathbb{R}$, $y_{n+1}$ (`return`)
    """
    f = lambda y: -lam * y
    k1 = f(y)
    k2 = f(y + h / 2 * k1)
    k3 = f(y + h / 2 * k2)
    k4 = f(y + h * k3)
    return y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)


@damaged(
    (r"\max_{j \ne y}", r"\min_{j \ne y}"),
    ("z_j - z_y", "z_y - z_j"),
    ("1 + z_j", "z_j"),
    (r"j \ne y", "j"),
)
def multiclass_hinge(z, y):
    r"""Crammer-Singer.

    $$L = \max\left(0, \max_{j \ne y} (1 + z_j - z_y)\right)$$

    $z \in \mathbb{R}^{K}$, $y \in \{0, 1\}$, $L$ (`return`)
    """
    m = 1 + z - z[int(y)]
    m[int(y)] = 0
    return max(0, m.max())


@damaged(
    ("-z_y", "z_y"),
    (r"\sum_{k=1}^K", r"\sum_{k=2}^K"),
    ("e^{z_k}", "e^{-z_k}"),
)
def ce_logits(z, y):
    r"""Cross-entropy from logits.

    $$L = -z_y + \log \sum_{k=1}^K e^{z_k}, \quad y \in \{1, \dots, K\}$$

    $z \in \mathbb{R}^{K}$, $y \in \{1, 2, 3\}$, $K \ge 3$, $L$ (`return`)
    """
    return -z[int(y) - 1] + np.log(np.exp(z).sum())


@damaged(
    (r"W_2^\top \delta_2", r"W_2 \delta_2"),
    (r"\odot (1 - h^{\odot 2})", ""),
    (r"\delta_1 x^\top", r"x \delta_1^\top"),
    (r"\delta_2 = \hat y - y", r"\delta_2 = y - \hat y"),
    (r"\tfrac12", ""),
    (r"1 - h^{\odot 2}", r"1 + h^{\odot 2}"),
)
def mlp_backward(x, y, W1, W2):
    r"""Backpropagation through one hidden layer.

    $$h = \tanh(W_1 x), \quad \hat y = W_2 h, \quad L = \tfrac12 \|\hat y - y\|^2$$
    $$\delta_2 = \hat y - y, \quad \delta_1 = (W_2^\top \delta_2) \odot (1 - h^{\odot 2}), \quad
    \frac{\partial L}{\partial W_1} = \delta_1 x^\top, \quad \frac{\partial L}{\partial W_2} = \delta_2
    h^\top$$

    $x \in \mathbb{R}^{a}$, $y \in \mathbb{R}^{c}$, $W_1 \in \mathbb{R}^{b \times a}$, $W_2 \in
    \mathbb{R}^{c \times b}$
    """
    h = np.tanh(W1 @ x)
    y_hat = W2 @ h
    L = 0.5 * ((y_hat - y) ** 2).sum()
    delta2 = y_hat - y
    delta1 = (W2.T @ delta2) * (1 - h**2)
    dW1, dW2 = np.outer(delta1, x), np.outer(delta2, h)
    return dW1, dW2


@damaged(
    ("W^{(2)} a^{(1)}", "W^{(1)} a^{(1)}"),
    ("+ b^{(2)}", "- b^{(2)}"),
    ("+ b^{(2)}", "+ b^{(1)}"),
)
def two_layers(x, W1, b1, W2, b2):
    r"""Forward pass.

    $$a^{(1)} = \operatorname{ReLU}(W^{(1)} x + b^{(1)}), \qquad a^{(2)} = W^{(2)} a^{(1)} + b^{(2)}$$

    $x \in \mathbb{R}^{n_0}$, $W^{(1)} \in \mathbb{R}^{n_1 \times n_0}$, $W^{(2)} \in \mathbb{R}^{n_2
    \times n_1}$, $b^{(1)} \in \mathbb{R}^{n_1}$, $b^{(2)} \in \mathbb{R}^{n_2}$, $a^{(2)}$ (`return`)
    """
    a = np.maximum(0, W1 @ x + b1)
    return W2 @ a + b2


@damaged(
    (r"\sum_{j=1}^{n} \mathbb{1}[s_j \ge s_i]", r"\sum_{j=1}^{n} \mathbb{1}[s_j > s_i]"),
    (r"s_j \ge s_i", r"s_j \le s_i"),
)
def rank(s):
    r"""Rank of every score.

    $$r_i = \sum_{j=1}^{n} \mathbb{1}[s_j \ge s_i]$$

    $s \in \mathbb{R}^{n}$, $r$ (`return`)
    """
    return (s >= s[:, None]).sum(1)


@damaged(
    (r"\frac{1}{1 - \gamma}", r"\frac{\gamma}{1 - \gamma}"),
    ("t=0", "t=1"),
)
def geometric_series(gamma):
    r"""Geometric series.

    $$\sum_{t=0}^{\infty} \gamma^t = \frac{1}{1 - \gamma}$$

    $0 < \gamma < 1$, $\frac{1}{1 - \gamma}$ (`return`)
    """
    return 1 / (1 - gamma)


@damaged(
    (r"\int_0^1 x^{a-1}", r"\int_0^1 x^{a}"),
    ("(1-x)^{b-1}", "(1-x)^{b}"),
)
def beta_function(a, b):
    r"""Beta function.

    $$B(a, b) = \int_0^1 x^{a-1} (1-x)^{b-1}\, dx = \frac{\Gamma(a) \Gamma(b)}{\Gamma(a + b)}$$

    $a, b > 1$
    """
    return math.gamma(a) * math.gamma(b) / math.gamma(a + b)


@damaged(
    (r"\binom{n}{k}", r"\binom{k}{n}"),
    ("(1 - p)^{n - k}", "(1 - p)^{k}"),
    (r"\binom{n}{k}", ""),
)
def binom_pmf(n, k, p):
    r"""Binomial probabilities.

    $$P(X = k) = \binom{n}{k} p^k (1 - p)^{n - k}$$

    $n, k \in \mathbb{N}$, $k \le n$, $p \in (0, 1)$, $P(X = k)$ (`return`)
    """
    return math.comb(int(n), int(k)) * p**k * (1 - p) ** (n - k)


@damaged(
    (r"\lambda^k", r"\lambda"),
    (r"e^{-\lambda}", r"e^{\lambda}"),
    ("k!", "k"),
)
def poisson(k, lam):
    r"""Poisson.

    $$P(k) = \frac{\lambda^k e^{-\lambda}}{k!}$$

    $k \in \mathbb{N}$, $\lambda > 0$, $P(k)$ (`return`)
    """
    return lam**k * math.exp(-lam) / math.factorial(int(k))


@damaged(
    (r"\frac{1}{m}", ""),
    (r"\sigma(\theta^\top x_i) - y_i", r"y_i - \sigma(\theta^\top x_i)"),
    ("x_{ij}", "x_{ji}"),
    (r"\sigma(\theta^\top x_i)", r"\theta^\top x_i"),
)
def logistic_grad(X, y, theta):
    r"""Gradient of logistic regression.

    $$\frac{\partial J}{\partial \theta_j} = \frac{1}{m} \sum_{i=1}^{m} (\sigma(\theta^\top x_i) - y_i)
    x_{ij}$$

    $X \in \mathbb{R}^{m \times n}$, $x$ (`X`), $y \in \{0, 1\}^m$, $\theta \in \mathbb{R}^n$,
    $\frac{\partial J}{\partial \theta}$ (`return`)
    """
    p = 1 / (1 + np.exp(-X @ theta))
    return X.T @ (p - y) / len(y)


@damaged(
    (r"\frac{P_{xy}}{p_x q_y}", r"\frac{p_x q_y}{P_{xy}}"),
    ("p_x q_y", "p_x + q_y"),
    (r"q_y = \sum_x P_{xy}", r"q_y = \sum_x P_{yx}"),
    (r"P_{xy} \log", r"\log"),
)
def mutual_information(P):
    r"""Mutual information of a joint distribution.

    $$I = \sum_{x} \sum_{y} P_{xy} \log \frac{P_{xy}}{p_x q_y}, \qquad p_x = \sum_y P_{xy}, \qquad q_y =
    \sum_x P_{xy}$$

    $P \in (0, 1)^{m \times n}$, $I$ (`return`)
    """
    p, q = P.sum(1), P.sum(0)
    return (P * np.log(P / np.outer(p, q))).sum()


@damaged(
    (r"\frac{a_i}{b_i}", r"\frac{b_i}{a_i}"),
    (r"\mathrm{KL}(p \| m)", r"\mathrm{KL}(m \| p)"),
    (r"\frac{p + q}{2}", "p + q"),
    (r"+ \frac{1}{2}", r"- \frac{1}{2}"),
)
def js(p, q):
    r"""Jensen-Shannon divergence.

    $$\mathrm{JS}(p, q) = \frac{1}{2} \mathrm{KL}(p \| m) + \frac{1}{2} \mathrm{KL}(q \| m), \quad m =
    \frac{p + q}{2}, \quad \mathrm{KL}(a \| b) = \sum_i a_i \log \frac{a_i}{b_i}$$

    $p, q \in \Delta^{n-1}$
    """
    m = (p + q) / 2
    return 0.5 * (p * np.log(p / m)).sum() + 0.5 * (q * np.log(q / m)).sum()


@damaged(
    (r"x_{gi} - \mu_g)^2", r"x_{gi} - \mu_i)^2"),
    (r"+ \epsilon}", "}"),
    (r"\frac{1}{m} \sum_{i=1}^{m} (", r"\frac{1}{m-1} \sum_{i=1}^{m} ("),
)
def groupnorm(x, G, eps=1e-5):
    r"""Group normalization of one sample, statistics of group g.

    $$\mu_g = \frac{1}{m} \sum_{i=1}^{m} x_{gi}, \quad \sigma_g = \sqrt{\frac{1}{m} \sum_{i=1}^{m}
    (x_{gi} - \mu_g)^2 + \epsilon}, \quad y_{gi} = \frac{x_{gi} - \mu_g}{\sigma_g}$$

    $x \in \mathbb{R}^{k \times m}$, $y$ (`return`)
    """
    mu = x.mean(1, keepdims=True)
    sigma = np.sqrt(x.var(1, keepdims=True) + eps)
    return (x - mu) / sigma


@damaged(
    ("-m (i", "m (i"),
    [(r"j \le i", r"i \le j"), ("j > i", "i > j")],
    ("i - j", "j - i"),
    ("10^9", "10^8"),
)
def alibi(n, m):
    r"""Causal mask with linear bias.

    $$M_{ij} = \begin{cases} -m (i - j) & j \le i \\ -10^9 & j > i \end{cases}$$

    $n \in \{3, 4\}$, $m > 0$, $M$ (`return`)
    """
    i, j = np.arange(n)[:, None], np.arange(n)
    return np.where(j <= i, -m * (i - j), -1e9)


@damaged(
    (r"-\sin", r"\sin"),
    (r"& \cos", r"& -\cos"),
    (r"x_1 \\ x_2", r"x_2 \\ x_1"),
)
def rope(x, theta, m):
    r"""Rotary embedding of a pair.

    $$\begin{pmatrix} y_1 \\ y_2 \end{pmatrix} = \begin{pmatrix} \cos m\theta & -\sin m\theta \\ \sin
    m\theta & \cos m\theta \end{pmatrix} \begin{pmatrix} x_1 \\ x_2 \end{pmatrix}$$

    $x \in \mathbb{R}^2$, $\theta, m \in \mathbb{R}$, $y$ (`return`)
    """
    c, s = math.cos(m * theta), math.sin(m * theta)
    return np.array([c * x[0] - s * x[1], s * x[0] + c * x[1]])


@damaged(
    (r"-\frac", r"\frac"),
    (r"g_\tau^2", r"g_\tau"),
    ("g_T", "g_1"),
    (r"\tau=1", r"\tau=2"),
)
def adagrad_sum(g, eta, eps=1e-8):
    r"""AdaGrad's last step.

    $$\Delta = -\frac{\eta}{\sqrt{\sum_{\tau=1}^{T} g_\tau^2 + \epsilon}}\, g_T$$

    $g \in \mathbb{R}^T$, $\eta > 0$, $\Delta$ (`return`)
    """
    return -eta / np.sqrt((g**2).sum() + eps) * g[-1]


@damaged(
    (r"\log \lambda_i", r"\lambda_i"),
    (r"\log \det A", r"\det A"),
    (r"\operatorname{tr} A", r"\det A"),
)
def log_det(A):
    r"""Log-determinant.

    $$\ell = \log \det A = \sum_{i=1}^{n} \log \lambda_i, \quad \operatorname{tr} A = \sum_{i=1}^{n}
    \lambda_i$$

    $A \in \mathbb{R}^{n \times n}$, $A \succ 0$, $\lambda$ (`w`), $\ell$ (`return`)
    """
    w = np.linalg.eigvalsh(A)
    return np.log(w).sum()


@damaged(
    (r"\|A v_k\|", r"\|v_k\|"),
    (r"{v_k^\top v_k}", r"{\|v_k\|}"),
    (r"\frac{A v_k}", r"\frac{A^\top v_k}"),
)
def power_iteration(A, v):
    r"""One step of the power method and the Rayleigh quotient.

    $$v_{k+1} = \frac{A v_k}{\|A v_k\|}, \qquad \lambda = \frac{v_k^\top A v_k}{v_k^\top v_k}$$

    $A \in \mathbb{R}^{n \times n}$, $v \in \mathbb{R}^n$, $v_{k+1}$ (`return[0]`), $\lambda$
    (`return[1]`)
    """
    return A @ v / np.linalg.norm(A @ v), v @ A @ v / (v @ v)


@damaged(
    ("x_{t+k} - ", "x_{t-k} - "),
    ("n-k}", "n}"),
    (r"(x_t - \bar x)^2", r"(x_t - \bar x)"),
)
def autocorrelation(x):
    r"""Autocorrelation at lag k.

    $$r_k = \frac{\sum_{t=1}^{n-k} (x_t - \bar x)(x_{t+k} - \bar x)}{\sum_{t=1}^{n} (x_t - \bar x)^2},
    \quad k = 0, \dots, n - 1$$

    $x \in \mathbb{R}^n$, $r$ (`return`), $x_1, \dots, x_n$, $r_0, \dots, r_{n-1}$, $\bar x$ (`m`)
    """
    m, n = x.mean(), len(x)
    d = x - m
    return np.array([(d[: n - k] * d[k:]).sum() for k in range(n)]) / (d @ d)


@damaged(
    (r"s \le t", r"s \ge t"),
    (r"s \le t", "s < t"),
    (r"\max_", r"\min_"),
    ("M_t - x_t", "x_t - M_t"),
)
def moving_max(x):
    r"""Cumulative maximum and drawdown.

    $$M_t = \max_{s \le t} x_s, \qquad D_t = M_t - x_t$$

    $x \in \mathbb{R}^T$
    """
    M = np.maximum.accumulate(x)
    D = M - x
    return M, D


@damaged(
    ("-y x", "y x"),
    ("< 1", "> 1"),
    ("< 1", r"\le 1"),
    ("-y x", "-x"),
)
def hinge_grad(w, x, y):
    r"""Subgradient.

    $$\frac{\partial L}{\partial w} = \begin{cases} -y x & \text{if } y\, w^\top x < 1 \\ 0 &
    \text{otherwise} \end{cases}$$

    $w, x \in \mathbb{R}^n$, $y \in \{-1, 1\}$, $\frac{\partial L}{\partial w}$ (`return`)
    """
    return -y * x if y * (w @ x) < 1 else 0 * x


@damaged(
    ("1 - p_k", "1 + p_k"),
    ("p_k^2", "p_k"),
    (r"\max_k", r"\min_k"),
    (r"1 - \max", r"\max"),
)
def gini(p):
    r"""Gini impurity and error.

    $$G = \sum_{k=1}^{K} p_k (1 - p_k) = 1 - \sum_{k=1}^{K} p_k^2, \qquad E = 1 - \max_k p_k$$

    $p \in \Delta^{K-1}$
    """
    G = 1 - (p**2).sum()
    E = 1 - p.max()
    return G, E


@damaged(
    (r"{\langle a, a \rangle} a", r"{\langle a, a \rangle} b"),
    (r"b - \frac", r"b + \frac"),
    (r"{\langle a, a \rangle} a", r"{\langle b, b \rangle} a"),
)
def orthogonal_part(a, b):
    r"""Orthogonal part.

    $$u = b - \frac{\langle a, b \rangle}{\langle a, a \rangle} a, \qquad \langle u, a \rangle = 0$$

    $a, b \in \mathbb{R}^n$, $u$ (`return`)
    """
    return b - (a @ b) / (a @ a) * a


@damaged(
    ("Q = X W_Q", "Q = W_Q X"),
    (r"Q K^\top", r"K Q^\top"),
    (r"\sqrt{d}", "d"),
    ("O = A V", "O = V A"),
    ("O = A V", r"O = A^\top V"),
)
def multihead(X, W_Q, W_K, W_V):
    r"""One head of self-attention.

    $$Q = X W_Q, \quad K = X W_K, \quad V = X W_V, \qquad A = \operatorname{softmax}\left(\frac{Q
    K^\top}{\sqrt{d}}\right), \qquad O = A V$$

    $X \in \mathbb{R}^{n \times m}$, $W_Q, W_K \in \mathbb{R}^{m \times d}$, $W_V \in \mathbb{R}^{m
    \times c}$
    """
    Q, K, V = X @ W_Q, X @ W_K, X @ W_V
    S = Q @ K.T / np.sqrt(Q.shape[1])
    A = np.exp(S) / np.exp(S).sum(1, keepdims=True)
    O = A @ V
    return O
