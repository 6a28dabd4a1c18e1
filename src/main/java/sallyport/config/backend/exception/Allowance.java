package sallyport.config.backend.exception;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Weakness that an exception permits to one backend. */
public enum Allowance {
  /** TLS 1.0 (RFC 2246, deprecated by RFC 8996). */
  TLS_1_0("tls1.0"),
  /** TLS 1.1 (RFC 4346, deprecated by RFC 8996). */
  TLS_1_1("tls1.1"),
  /** Suites with AES in CBC mode and HMAC-SHA1; BoringSSL has no other CBC suites. */
  CBC("cbc"),
  /**
   * Suites whose key exchange is encryption under the backend's RSA key, without forward secrecy.
   */
  RSA_KEY_EXCHANGE("rsa-key-exchange"),
  /** Certificates that are signed with SHA-1. */
  SHA1("sha1"),
  /** RSA keys of 1024 bits and more. */
  RSA_1024("rsa1024"),
  /** A pinned key in place of the name, the chain and its authority. */
  NAME("name");

  /** What changes the handshake itself, and not only what is accepted of a certificate. */
  private static final Set<Allowance> PROTOCOL =
      EnumSet.of(TLS_1_0, TLS_1_1, CBC, RSA_KEY_EXCHANGE);

  private final String word;

  Allowance(String word) {
    this.word = word;
  }

  /** Returns the word of the configuration. */
  public String word() {
    return word;
  }

  /** Whether it adds a version or suites to those that are offered. */
  public boolean isOfTheProtocol() {
    return PROTOCOL.contains(this);
  }

  static Map<String, Allowance> words() {
    return Arrays.stream(values())
        .collect(Collectors.toMap(Allowance::word, each -> each, (a, b) -> a, LinkedHashMap::new));
  }
}
