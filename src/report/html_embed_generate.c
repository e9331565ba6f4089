/* Writes the style sheet and the script of the page as C texts with their hashes to standard
 * output; run by the build: html_embed_generate STYLE SCRIPT.
 *
 * The hash is SHA-256 (FIPS 180-4) in base64 (RFC 4648), as Content-Security-Policy level 2 wants
 * it of an inline element's text. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define TEXT_MAX 65536u

static const uint32_t constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static uint32_t turn(uint32_t x, unsigned n) { return x >> n | x << (32 - n); }

static void block(uint32_t state[8], const uint8_t *p) {
  uint32_t w[64], s[8];
  for (unsigned i = 0; i < 16; i++, p += 4)
    w[i] = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
  for (unsigned i = 16; i < 64; i++)
    w[i] = w[i - 16] + w[i - 7] + (turn(w[i - 15], 7) ^ turn(w[i - 15], 18) ^ w[i - 15] >> 3) +
           (turn(w[i - 2], 17) ^ turn(w[i - 2], 19) ^ w[i - 2] >> 10);
  memcpy(s, state, sizeof s);
  for (unsigned i = 0; i < 64; i++) {
    uint32_t one = s[7] + (turn(s[4], 6) ^ turn(s[4], 11) ^ turn(s[4], 25)) +
                   ((s[4] & s[5]) ^ (~s[4] & s[6])) + constants[i] + w[i];
    uint32_t two = (turn(s[0], 2) ^ turn(s[0], 13) ^ turn(s[0], 22)) +
                   ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));
    memmove(s + 1, s, 7 * sizeof *s);
    s[4] += one;
    s[0] = one + two;
  }
  for (unsigned i = 0; i < 8; i++) state[i] += s[i];
}

/* text has room for another 72 bytes, which are overwritten. */
static void sha256(uint8_t *text, size_t len, uint8_t hash[32]) {
  uint32_t state[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                       0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  size_t whole = (len + 9 + 63) / 64 * 64;
  uint64_t bits = (uint64_t)len * 8;
  memset(text + len, 0, whole - len);
  text[len] = 0x80;
  for (unsigned i = 0; i < 8; i++) text[whole - 1 - i] = (uint8_t)(bits >> 8 * i);
  for (size_t at = 0; at < whole; at += 64) block(state, text + at);
  for (unsigned i = 0; i < 32; i++) hash[i] = (uint8_t)(state[i / 4] >> (24 - 8 * (i % 4)));
}

static void base64(const uint8_t hash[32]) {
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (unsigned i = 0; i < 32; i += 3) {
    unsigned has = i + 3 <= 32 ? 3 : 32 - i;
    uint32_t bits = (uint32_t)hash[i] << 16;
    if (has > 1) bits |= (uint32_t)hash[i + 1] << 8;
    if (has > 2) bits |= hash[i + 2];
    for (unsigned k = 0; k < 4; k++)
      (void)putchar(k <= has ? digits[bits >> (18 - 6 * k) & 63] : '=');
  }
}

static int embed(const char *name, const char *path) {
  static uint8_t text[TEXT_MAX + 128];
  uint8_t hash[32];
  FILE *file = fopen(path, "rb");
  if (!file) {
    perror(path);
    return 1;
  }
  size_t len = fread(text, 1, TEXT_MAX, file);
  int bad = ferror(file) || len == TEXT_MAX || memchr(text, 0, len) != NULL;
  if (fclose(file) || bad) {
    (void)fprintf(stderr, "%s: cannot be read, is too long, or has a NUL\n", path);
    return 1;
  }
  (void)printf("\nconst char html_%s[] = {", name);
  for (size_t i = 0; i < len; i++)
    (void)printf(i % 16 ? " '\\x%02x'," : "\n    '\\x%02x',", text[i]);
  (void)printf("\n    0};\nconst char html_%s_hash[] = \"sha256-", name);
  sha256(text, len, hash);
  base64(hash);
  (void)printf("\";\n");
  return 0;
}

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  (void)printf("#include \"report/html_frame.h\"\n");
  int bad = embed("style", argv[1]) || embed("script", argv[2]);
  return bad || ferror(stdout) || fflush(stdout) ? 1 : 0;
}
