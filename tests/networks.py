"""Small networks of the kinds that people train, each with a step that returns a loss.

Every maker takes a dtype and returns the model (or what holds the parameters) and the step. What is drawn is drawn from
torch's own generator: seed it before.
"""

from __future__ import annotations

import math

import torch
from torch import nn
from torch.nn import functional as F


def perceptron(dtype):
    """Smooth activations, dropout, labels."""
    layers = [nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 8), nn.GELU(), nn.Linear(8, 8), nn.Tanh(), nn.Dropout(0.3)]
    model = nn.Sequential(*layers, nn.Linear(8, 8), nn.SiLU(), nn.Linear(8, 3)).to(dtype)
    x, y = torch.randn(5, 6, dtype=dtype), torch.randint(3, (5,))
    return model, lambda: F.cross_entropy(model(x), y)


def cornered_perceptron(dtype):
    """Activations with corners, probabilities."""
    layers = [nn.Linear(6, 8), nn.LeakyReLU(0.1), nn.Linear(8, 8), nn.ELU(), nn.Linear(8, 8), nn.Softplus()]
    layers += [nn.Linear(8, 8), nn.Hardtanh(), nn.Linear(8, 8), nn.Sigmoid(), nn.Linear(8, 3)]
    model = nn.Sequential(*layers).to(dtype)
    x, y = torch.randn(5, 6, dtype=dtype), torch.rand(5, 3, dtype=dtype)
    return model, lambda: F.binary_cross_entropy_with_logits(model(x), y)


def convolutional(dtype):
    layers = [nn.Conv2d(2, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2)]
    layers += [nn.Conv2d(4, 5, 3, stride=2), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(5, 3)]
    model = nn.Sequential(*layers).to(dtype)
    x, y = torch.randn(4, 2, 8, 8, dtype=dtype), torch.randint(3, (4,))
    return model, lambda: F.cross_entropy(model(x), y, label_smoothing=0.1)


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(3, 6, 3, stride=2, padding=1, bias=False)
        self.second = nn.Conv2d(6, 6, 3, padding=1, bias=False)
        self.norms = nn.ModuleList(nn.BatchNorm2d(6) for _ in range(2))
        self.shortcut = nn.Sequential(nn.Conv2d(3, 6, 1, stride=2, bias=False), nn.BatchNorm2d(6))
        self.head = nn.Linear(6, 4)

    def forward(self, x):
        h = F.relu(self.norms[0](self.first(x)), inplace=True)
        h = self.norms[1](self.second(h))
        h += self.shortcut(x)
        return self.head(F.relu(h, inplace=True).mean((2, 3)))


def residual(dtype):
    """In-place operations, class weights."""
    model = Residual().to(dtype)
    x, y = torch.randn(4, 3, 8, 8, dtype=dtype), torch.randint(4, (4,))
    weight = torch.rand(4, dtype=dtype)
    return model, lambda: F.cross_entropy(model(x), y, weight)


class Recurrent(nn.Module):
    def __init__(self, cell):
        super().__init__()
        self.embedding, self.head = nn.Embedding(11, 5), nn.Linear(6, 11)
        self.layer = nn.LSTMCell(5, 6) if cell else nn.LSTM(5, 6, batch_first=True)

    def forward(self, tokens):
        embedded = self.embedding(tokens)
        if isinstance(self.layer, nn.LSTM):
            return self.head(self.layer(embedded)[0])
        state = cell = torch.zeros(len(tokens), 6, dtype=embedded.dtype)
        states = []
        for step in range(tokens.shape[1]):
            state, cell = self.layer(embedded[:, step], (state, cell))
            states.append(state)
        return self.head(torch.stack(states, 1))


def lstm_cell(dtype):
    model, x, y = Recurrent(cell=True).to(dtype), torch.randint(11, (3, 4)), torch.randint(11, (3, 4))
    return model, lambda: F.cross_entropy(model(x).flatten(0, 1), y.flatten())


def lstm(dtype):
    model, x, y = Recurrent(cell=False).to(dtype), torch.randint(11, (3, 4)), torch.randint(11, (3, 4))
    return model, lambda: F.cross_entropy(model(x).transpose(1, 2), y)


class Gated(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell, self.head = nn.GRUCell(5, 6), nn.Linear(6, 1)

    def forward(self, x):
        state = x.new_zeros(len(x), 6)
        for step in range(x.shape[1]):
            state = self.cell(x[:, step], state)
        return self.head(state).squeeze(-1)


def gru(dtype):
    model, x, y = Gated().to(dtype), torch.randn(3, 4, 5, dtype=dtype), torch.randn(3, dtype=dtype)
    return model, lambda: F.smooth_l1_loss(model(x), y)


class Encoder(nn.Module):
    def __init__(self, fused, width=8):
        super().__init__()
        self.fused = fused
        if fused:
            self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        else:
            self.attention = nn.MultiheadAttention(width, 2, dropout=0.1, batch_first=True)
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.wide, self.narrow = nn.Linear(width, 16), nn.Linear(16, width)
        self.dropout, self.head = nn.Dropout(0.1), nn.Linear(width, 3)

    def attended(self, x):
        if not self.fused:
            return self.attention(x, x, x, need_weights=True)[0]
        batch, length, width = x.shape
        q, k, v = self.qkv(x).view(batch, length, 3, 2, width // 2).permute(2, 0, 3, 1, 4)
        attended = F.scaled_dot_product_attention(q, k, v)
        return self.out(attended.transpose(1, 2).reshape(batch, length, width))

    def forward(self, x):
        x = self.norm1(x + self.dropout(self.attended(x)))
        x = self.norm2(x + self.dropout(self.narrow(F.relu(self.wide(x)))))
        return self.head(x.mean(1))


def encoder(dtype, fused=False):
    model, x, y = Encoder(fused).to(dtype), torch.randn(3, 5, 8, dtype=dtype), torch.randint(3, (3,))
    return model, lambda: F.cross_entropy(model(x), y)


def fused_encoder(dtype):
    return encoder(dtype, fused=True)


class Decoder(nn.Module):
    """A GPT block whose output layer has the embedding's weight."""

    def __init__(self, by_hand, width=8, words=13, length=6):
        super().__init__()
        self.by_hand, self.width = by_hand, width
        self.words, self.positions = nn.Embedding(words, width), nn.Embedding(length, width)
        self.norm1, self.norm2, self.norm = (nn.LayerNorm(width) for _ in range(3))
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU("tanh"), nn.Linear(4 * width, width))
        self.head = nn.Linear(width, words, bias=False)
        self.head.weight = self.words.weight

    def attended(self, x):
        batch, length, width = x.shape
        q, k, v = (each.view(batch, length, 2, width // 2).transpose(1, 2) for each in self.qkv(x).split(width, 2))
        if self.by_hand:
            scores = (q @ k.transpose(-2, -1)) / math.sqrt(width // 2)
            later = ~torch.ones(length, length, dtype=torch.bool).tril()
            attended = F.softmax(scores.masked_fill(later, -math.inf), -1) @ v
        else:
            attended = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.out(attended.transpose(1, 2).contiguous().view(batch, length, width))

    def forward(self, tokens):
        x = self.words(tokens) + self.positions(torch.arange(tokens.shape[1]))
        x = x + self.attended(self.norm1(x))
        return self.head(self.norm(x + self.mlp(self.norm2(x))))


def gpt(dtype, by_hand=False):
    model, x, y = Decoder(by_hand).to(dtype), torch.randint(13, (2, 6)), torch.randint(13, (2, 6))
    return model, lambda: F.cross_entropy(model(x).view(-1, 13), y.view(-1), ignore_index=3)


def gpt_by_hand(dtype):
    return gpt(dtype, by_hand=True)


def logistic_by_hand(dtype):
    held = nn.ParameterDict({"w": torch.randn(4, dtype=dtype), "b": torch.randn((), dtype=dtype)})
    x, y = torch.randn(7, 4, dtype=dtype), torch.randint(2, (7,)).to(dtype)

    def step():
        p = 1 / (1 + torch.exp(-(x @ held["w"] + held["b"])))
        return -(y * torch.log(p) + (1 - y) * torch.log(1 - p)).mean() + 0.01 * (held["w"] ** 2).sum()

    return held, step


def autoencoder(dtype):
    layers = [nn.Conv1d(2, 4, 3, stride=2, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(16, 3), nn.Sigmoid()]
    layers += [nn.Linear(3, 16), nn.Unflatten(1, (4, 4)), nn.ReLU(), nn.ConvTranspose1d(4, 2, 4, stride=2, padding=1)]
    model, x = nn.Sequential(*layers).to(dtype), torch.randn(3, 2, 8, dtype=dtype)
    return model, lambda: F.mse_loss(model(x), x)


def siamese(dtype):
    model = nn.Sequential(nn.Linear(5, 7), nn.ReLU(), nn.Linear(7, 4)).to(dtype)
    one, other = torch.randn(6, 5, dtype=dtype), torch.randn(6, 5, dtype=dtype)
    same = torch.where(torch.rand(6) > 0.5, 1.0, -1.0).to(dtype)

    def step():
        a, b = model(one), model(other)
        loss = F.cosine_embedding_loss(a, b, same, margin=0.2)
        loss = loss + F.triplet_margin_loss(model(one), model(other), model(one.flip(0)))
        loss = loss + (F.cosine_similarity(a, b) - 0.1).clamp(min=0).mean()
        return loss + F.normalize(a, dim=1).std()

    return model, step


def focal_by_hand(dtype):
    model, x, y = nn.Linear(5, 4).to(dtype), torch.randn(6, 5, dtype=dtype), torch.randint(4, (6,))

    def step():
        log_p = F.log_softmax(model(x), -1).gather(1, y[:, None]).squeeze(1)
        return (-((1 - log_p.exp()) ** 2.0) * log_p).mean()

    return model, step


class Llama(nn.Module):
    """Rotary positions, grouped queries, RMS norm by hand and as a module, a gated unit."""

    def __init__(self, width=8):
        super().__init__()
        self.gain, self.norm = nn.Parameter(torch.ones(width)), nn.RMSNorm(width, eps=1e-6)
        self.q, self.out = nn.Linear(width, width, bias=False), nn.Linear(width, width, bias=False)
        self.k, self.v = nn.Linear(width, 4, bias=False), nn.Linear(width, 4, bias=False)
        self.gate, self.up = nn.Linear(width, 12, bias=False), nn.Linear(width, 12, bias=False)
        self.down = nn.Linear(12, width, bias=False)

    def rotated(self, x):
        length, half = x.shape[-2], x.shape[-1] // 2
        angles = torch.arange(length)[:, None] / (10000 ** (torch.arange(half) / half))
        cosines, sines = (torch.cat([each] * 2, -1).to(x.dtype) for each in (angles.cos(), angles.sin()))
        one, other = x.chunk(2, -1)
        return x * cosines + torch.cat([-other, one], -1) * sines

    def forward(self, x):
        batch, length, width = x.shape
        h = x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6) * self.gain
        q = self.rotated(self.q(h).view(batch, length, 2, 4).transpose(1, 2))
        k = self.rotated(self.k(h).view(batch, length, 1, 4).transpose(1, 2)).repeat_interleave(2, 1)
        v = self.v(h).view(batch, length, 1, 4).transpose(1, 2).expand(batch, 2, length, 4)
        later = torch.full((length, length), -math.inf, dtype=x.dtype).triu(1)
        attended = F.softmax(q @ k.transpose(2, 3) / 2 + later, -1) @ v
        x = x + self.out(attended.transpose(1, 2).reshape(batch, length, width))
        h = self.norm(x)
        return x + self.down(F.silu(self.gate(h)) * self.up(h))


def llama(dtype):
    model, x, y = Llama().to(dtype), torch.randn(2, 5, 8, dtype=dtype), torch.randn(2, 5, 8, dtype=dtype)
    return model, lambda: F.l1_loss(model(x), y) + F.huber_loss(model(x), y)


def low_rank(dtype):
    """LoRA: a frozen layer and a product of two thin matrices."""
    frozen = nn.Linear(6, 5).to(dtype).requires_grad_(False)
    held = nn.ParameterDict({"A": torch.randn(2, 6, dtype=dtype), "B": torch.randn(5, 2, dtype=dtype)})
    x, y = torch.randn(4, 6, dtype=dtype), torch.randint(5, (4,))

    def step():
        logits = frozen(x) + F.dropout(x, 0.1) @ held["A"].T @ held["B"].T * (4 / 2)
        return F.nll_loss(F.log_softmax(logits, -1), y)

    return held, step


class Variational(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder, self.mean, self.log_variance = nn.Linear(6, 8), nn.Linear(8, 2), nn.Linear(8, 2)
        self.decoder = nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 6))

    def forward(self, x):
        h = F.relu(self.encoder(x))
        mean, log_variance = self.mean(h), self.log_variance(h)
        drawn = mean + torch.randn_like(mean) * torch.exp(0.5 * log_variance)
        return torch.sigmoid(self.decoder(drawn)), mean, log_variance


def variational(dtype):
    model, x = Variational().to(dtype), torch.rand(5, 6, dtype=dtype)

    def step():
        back, mean, log_variance = model(x)
        divergence = -0.5 * torch.sum(1 + log_variance - mean.pow(2) - log_variance.exp())
        return F.binary_cross_entropy(back, x, reduction="sum") + divergence

    return model, step


class Unet(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.norm, self.slope = nn.Conv2d(1, 4, 3, padding=1), nn.GroupNorm(2, 4), nn.PReLU()
        self.grouped, self.last = nn.Conv2d(4, 8, 3, padding=1, groups=2), nn.Conv2d(12, 1, 1)

    def forward(self, x):
        h = self.slope(self.norm(self.first(x)))
        down = F.relu(self.grouped(F.avg_pool2d(h, 2)))
        up = F.interpolate(down, scale_factor=2, mode="nearest")
        return self.last(torch.cat([h, up], 1))


def unet(dtype):
    """Group norm, groups, upsampling, a dice loss by hand, padding and a maximum over two axes."""
    model, x = Unet().to(dtype), torch.randn(2, 1, 8, 8, dtype=dtype)
    y = (torch.randn(2, 1, 8, 8) > 0).to(dtype)

    def step():
        p = torch.sigmoid(model(x))
        both, all_in = (p * y).sum((1, 2, 3)), p.sum((1, 2, 3)) + y.sum((1, 2, 3))
        dice = 1 - (2 * both + 1).div(all_in + 1).mean()
        return dice + F.mse_loss(F.pad(p, (1, 1, 1, 1)).amax((2, 3)), y.amax((2, 3)))

    return model, step


NETWORKS = {
    make.__name__: make
    for make in (
        perceptron,
        cornered_perceptron,
        convolutional,
        residual,
        lstm_cell,
        lstm,
        gru,
        encoder,
        fused_encoder,
        gpt,
        gpt_by_hand,
        logistic_by_hand,
        autoencoder,
        siamese,
        focal_by_hand,
        llama,
        low_rank,
        variational,
        unet,
    )
}
DTYPES = {"float64": torch.float64, "float32": torch.float32}


def made(name, dtype, seed=0):
    """A model and its step, drawn with a seed."""
    torch.manual_seed(seed)
    return NETWORKS[name](dtype)
