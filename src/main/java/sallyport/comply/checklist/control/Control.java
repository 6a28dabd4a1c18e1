package sallyport.comply.checklist.control;

import java.util.List;
import java.util.Locale;

/**
 * Requirement on a gateway, as data. {@code docs/compliance.md} says of each what it looks at and
 * how to mend it.
 *
 * <p>Sources: 45 CFR 164.306 and 164.312 (the HIPAA Security Rule in force), 90 FR 898 (January
 * 2025, proposed), 74 FR 19006 (April 2009, guidance under section 13402(h)(2) of the HITECH Act),
 * NIST SP 800-52r2 (August 2019), NIST SP 800-57 part 1 revision 5 (May 2020), RFC 9846 (TLS 1.3,
 * July 2026), DICOM PS3.15 2026a, IHE ITI Technical Framework volume 2.
 */
public enum Control {
  TLS_VERSIONS(
      "TLS 1.2 or later only, TLS 1.3 offered",
      Clause.tls("3.1"),
      Clause.tls("4.1"),
      Clause.addressable("312(e)(2)(ii)"),
      Clause.proposedEncryption(),
      Clause.safeHarbourInTransit()),
  CIPHER_SUITES(
      "cipher suites of SP 800-52r2 only, as configured",
      Clause.tls("3.3.1"),
      Clause.tls("4.3.1"),
      Clause.addressable("312(e)(2)(i)"),
      Clause.addressable("312(e)(2)(ii)"),
      Clause.safeHarbourInTransit()),
  KEY_EXCHANGE_GROUPS(
      "groups of SP 800-52r2 for key exchange, as configured",
      Clause.tls("3.4.2.2"),
      Clause.safeHarbourInTransit()),
  CERTIFICATE_KEYS(
      "keys of RSA 2048 or EC P-256 at least",
      Clause.tls("3.2.1"),
      Clause.tls("3.3.3"),
      Clause.tls("4.2.1")),
  CERTIFICATE_SIGNATURES(
      "certificates signed with SHA-256 or better",
      Clause.tls("3.2.1"),
      Clause.tls("3.3.3"),
      Clause.tls("4.2.1")),
  CERTIFICATE_VALIDITY(
      "certificates that are valid, and will be for a while",
      Clause.tls("3.2.1"),
      Clause.tls("4.2.1")),
  OCSP_STAPLING(
      "certificate status for clients",
      Clause.tls("3.2"),
      Clause.tls("3.4.1"),
      Clause.rfc("6066 section 8")),
  KEY_FILES("secrets readable by their owner alone", Clause.keyManagement("6.2.2")),
  KEY_STORAGE("private keys encrypted at rest, or in a token", Clause.keyManagement("6.2.2")),
  PLAIN_HTTP_REDIRECT(
      "plain HTTP is redirected and never forwarded",
      Clause.required("312(e)(1)"),
      Clause.addressable("312(e)(2)(ii)"),
      Clause.proposedEncryption(),
      Clause.rfc("6797 section 7.2")),
  HSTS("browsers are told to use HTTPS alone", Clause.rfc("6797 section 7.1")),
  BACKEND_MUTUAL_TLS(
      "mutual TLS to every backend, verified, as configured",
      Clause.required("312(d)"),
      Clause.required("312(e)(1)"),
      Clause.addressable("312(e)(2)(i)"),
      Clause.addressable("312(e)(2)(ii)"),
      Clause.proposedEncryption(),
      Clause.tls("4.2.1"),
      Clause.tls("4.5")),
  PLAIN_LOCAL(
      "what is plain stays on this machine",
      Clause.required("312(e)(1)"),
      Clause.addressable("312(e)(2)(ii)")),
  PASS_THROUGH(
      "TLS that is not opened here is vouched for by its backends",
      Clause.required("312(e)(1)"),
      Clause.addressable("312(e)(2)(ii)")),
  CLIENT_EKU_SUNSET(
      "certificates for backends are not of public authorities",
      Clause.rfc("5280 section 4.2.1.12"),
      Clause.tls("4.2.1")),
  TLS_EXCEPTIONS(
      "old backends have a plan to migrate, with an owner and an end",
      Clause.proposedPlan(),
      Clause.tls("4.1")),
  REVOCATION(
      "revoked certificates of peers are refused",
      Clause.tls("3.5"),
      Clause.tls("4.2.2"),
      Clause.tls("4.5"),
      Clause.safeHarbourInTransit()),
  CLIENT_AUTHENTICATION(
      "clients must show a certificate", Clause.required("312(d)"), Clause.tls("3.5")),
  DICOM_PROFILE("the TLS profile of DICOM that each listener offers", Clause.dicom("B.12")),
  IHE_ATNA(
      "mutual authentication as IHE asks of secure nodes (ATNA)",
      Clause.ihe("ITI-19, section 3.19")),
  SESSION_TICKETS("keys of session tickets are replaced in time", Clause.rfc("9325 section 3.4")),
  EARLY_DATA(
      "no early data (0-RTT)",
      Clause.tls("3.4.3"),
      Clause.tls("3.6"),
      Clause.rfc("9846 section 8")),
  AUDIT_LOG("refusals, key events and changes are written down", Clause.required("312(b)")),
  ACCESS_LOG("exchanges are written down", Clause.required("312(b)")),
  ADMIN_EXPOSURE(
      "the admin listener is reached from this machine alone",
      Clause.required("312(a)(1)"),
      Clause.required("312(a)(2)(i)")),
  LIMITS("limits against floods and slow clients are set", Clause.required("306(a)(1)")),
  VALIDATED_MODULE(
      "validated cryptographic module",
      Clause.tls("3.3.3"),
      Clause.tls("4.3.2"),
      Clause.safeHarbourInTransit()),
  DATA_AT_REST(
      "encryption of ePHI at rest",
      Clause.addressable("312(a)(2)(iv)"),
      Clause.proposedEncryption(),
      Clause.safeHarbourAtRest());

  private final String title;

  @SuppressWarnings("ImmutableEnumChecker") // nothing in it can be changed
  private final List<Clause> clauses;

  Control(String title, Clause... clauses) {
    this.title = title;
    this.clauses = List.of(clauses);
  }

  /** Its name for people and machines, such as {@code tls-versions}. */
  public String id() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** What it asks. */
  public String title() {
    return title;
  }

  /** Where it comes from; at least one. */
  public List<Clause> clauses() {
    return clauses;
  }
}
