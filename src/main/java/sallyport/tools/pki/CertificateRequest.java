package sallyport.tools.pki;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;

/**
 * Contents of a certificate to be issued. By default it has a P-256 key, is valid from an hour ago
 * for 90 days, and has no names and no extended key usage.
 */
public final class CertificateRequest {
  /** Purpose of the key in TLS (RFC 5280 section 4.2.1.12). */
  public enum Usage {
    SERVER_AUTH,
    CLIENT_AUTH
  }

  final String commonName;
  final List<String> dnsNames = new ArrayList<>();
  final List<String> addresses = new ArrayList<>();
  final List<String> uris = new ArrayList<>();
  final List<String> mailboxes = new ArrayList<>();
  final List<Usage> usages = new ArrayList<>();
  KeyKind key = KeyKind.EC_P256;
  String hash = "SHA256";
  Instant notBefore = Instant.now().minus(1, ChronoUnit.HOURS);
  Instant notAfter = Instant.now().plus(90, ChronoUnit.DAYS);

  private CertificateRequest(String commonName) {
    this.commonName = commonName;
  }

  /** A certificate for this common name, which is for people: names to verify are added below. */
  public static CertificateRequest of(String commonName) {
    return new CertificateRequest(commonName);
  }

  /** Adds DNS names; a leading {@code *.} makes a wildcard. */
  public CertificateRequest dns(String... names) {
    dnsNames.addAll(List.of(names));
    return this;
  }

  /** Adds literal IP addresses. */
  public CertificateRequest ip(String... literals) {
    addresses.addAll(List.of(literals));
    return this;
  }

  /** Adds URIs, such as a SPIFFE id. */
  public CertificateRequest uri(String... names) {
    uris.addAll(List.of(names));
    return this;
  }

  /** Adds mailboxes. */
  public CertificateRequest email(String... names) {
    mailboxes.addAll(List.of(names));
    return this;
  }

  /** Adds extended key usages. */
  public CertificateRequest usage(Usage... more) {
    usages.addAll(List.of(more));
    return this;
  }

  /** Replaces the kind of key. */
  public CertificateRequest key(KeyKind kind) {
    key = kind;
    return this;
  }

  /** Replaces the hash of the signature: {@code SHA256}, {@code SHA384} or {@code SHA1}. */
  public CertificateRequest hash(String name) {
    hash = name;
    return this;
  }

  /** Replaces the time in which it is valid. */
  public CertificateRequest valid(Instant from, Instant until) {
    notBefore = from;
    notAfter = until;
    return this;
  }
}
