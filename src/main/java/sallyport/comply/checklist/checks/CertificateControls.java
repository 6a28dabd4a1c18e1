package sallyport.comply.checklist.checks;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import sallyport.comply.checklist.control.CheckResult;
import sallyport.comply.checklist.control.Control;
import sallyport.comply.checklist.control.Findings;
import sallyport.comply.checklist.control.Status;
import sallyport.config.listener.TlsListenerConfig;
import sallyport.credentials.certificates.CertificateInfo;
import sallyport.credentials.certificates.CertificateRules;
import sallyport.credentials.certificates.HeldCertificate;
import sallyport.credentials.trust.TrustFile.LeftOut;
import sallyport.tls.policy.TlsPolicy;

/** Controls of certificates, in chains and in trust files. */
final class CertificateControls {
  private static final int MIN_RSA_BITS = 2048;

  /** Begins the names of both types of key: {@code RSA 2048}, {@code RSASSA-PSS 2048}. */
  private static final String RSA = "RSA";

  private static final String TRUST = "trust";
  private static final String SERVER = "server";

  private static final Set<String> CURVES = Set.of("EC P-256", "EC P-384", "EC P-521");
  private static final List<String> GOOD_HASHES = List.of("SHA256", "SHA384", "SHA512", "SHA3-");

  /** SP 800-52r2 section 3.2.1: three years or less. */
  private static final Duration LONGEST_LIFE = Duration.ofDays(3 * 366L);

  /**
   * CA/Browser Forum Baseline Requirements section 6.3.2, of certificates issued from 2026-03-15
   * on.
   */
  private static final Duration LONGEST_PUBLIC_LIFE = Duration.ofDays(200);

  private CertificateControls() {}

  static void look(CheckResult observed, Findings findings) {
    for (HeldCertificate each : observed.held()) {
      key(each, findings);
      signature(each, findings);
      validity(each, observed, findings);
    }
    if (observed.config().keys().watch().isZero()) {
      findings.warn(
          Control.CERTIFICATE_VALIDITY,
          observed.at("keys.watch"),
          "0: certificates, keys, trust, deny and revocation lists that change are taken up at"
              + " SIGHUP and POST /reload alone");
    }
    for (LeftOut each : observed.leftOut()) {
      findings.warn(Control.CERTIFICATE_VALIDITY, each.location(), each.text());
    }
    for (TlsListenerConfig listener : observed.tlsListeners()) {
      oldClients(listener, observed, findings);
      awaited(listener, observed, findings);
      stapling(listener, observed, findings);
    }
    for (Control control :
        List.of(
            Control.CERTIFICATE_KEYS,
            Control.CERTIFICATE_SIGNATURES,
            Control.CERTIFICATE_VALIDITY,
            Control.OCSP_STAPLING)) {
      findings.none(control, observed.at("listeners"), "no certificate is held");
    }
  }

  /** {@code SUBJECT in FILE[POSITION]}. */
  private static String name(HeldCertificate held) {
    return held.info().subject() + " in " + held.name() + "[" + held.position() + "]";
  }

  private static void key(HeldCertificate held, Findings findings) {
    String key = held.info().key();
    boolean strong =
        CURVES.contains(key)
            || (key.startsWith(RSA)
                && Integer.parseInt(key.substring(key.lastIndexOf(' ') + 1)) >= MIN_RSA_BITS);
    findings.add(
        Control.CERTIFICATE_KEYS,
        strong ? Status.PASS : Status.FAIL,
        held.info().location(),
        name(held) + ": " + key);
  }

  /**
   * Warns of names that have a certificate with an RSA key alone. The clients are those that the
   * recorded ClientHellos of testssl.sh show to offer ECDHE with AES-GCM for ECDSA alone.
   */
  private static void oldClients(
      TlsListenerConfig listener, CheckResult observed, Findings findings) {
    if (!TlsPolicy.of(listener.tls().policy()).speaks(TlsPolicy.Version.TLS_1_2)) {
      return;
    }
    Set<String> lacking = new TreeSet<>();
    Set<String> covered = new TreeSet<>();
    for (HeldCertificate held : observed.held()) {
      if (held.owner().equals(listener.path()) && isOwnLeaf(held)) {
        (held.info().key().startsWith(RSA) ? lacking : covered).addAll(held.info().names());
      }
    }
    lacking.removeAll(covered);
    if (!lacking.isEmpty()) {
      findings.warn(
          Control.CERTIFICATE_KEYS,
          listener.location(),
          String.join(", ", lacking)
              + ": an RSA key alone; Internet Explorer and .NET on Windows 7, 8.1, Server 2008 R2"
              + " and 2012 R2 offer no suite of the policy for it and are refused"
              + " (no_common_signature); a second certificate with an EC P-256 key lets them in");
    }
  }

  private static void signature(HeldCertificate held, Findings findings) {
    String algorithm = held.info().signature();
    String text = name(held) + ": " + algorithm;
    Status status;
    if (GOOD_HASHES.stream().anyMatch(algorithm::startsWith)) {
      status = Status.PASS;
    } else if (held.use().equals(TRUST)) {
      status = Status.INFO;
      text += "; it is trusted by itself, nobody relies on its signature";
    } else if (CertificateRules.isWeak(algorithm)) {
      status = Status.FAIL;
    } else {
      status = Status.WARN;
      text += "; its name does not tell the hash";
    }
    findings.add(Control.CERTIFICATE_SIGNATURES, status, held.info().location(), text);
  }

  private static void validity(HeldCertificate held, CheckResult observed, Findings findings) {
    CertificateInfo certificate = held.info();
    Instant now = observed.now();
    long days = certificate.daysLeft(now);
    String text = "%s: %d days left, until %s".formatted(name(held), days, certificate.notAfter());
    Status status = Status.PASS;
    if (now.isBefore(certificate.notBefore())) {
      status = outOfTime(held, observed);
      text += "; not valid before " + certificate.notBefore();
    } else if (now.isAfter(certificate.notAfter())) {
      status = outOfTime(held, observed);
      text += "; expired";
    } else if (isNearItsEnd(certificate, observed)) {
      status = Status.WARN;
      text += "; keys.expiry-warnings says that this is near";
    } else if (isOwnLeaf(held) && isIssuedFor(LONGEST_LIFE, certificate)) {
      status = Status.WARN;
      text += "; issued for longer than three years";
    } else if (held.use().equals(SERVER)
        && isOwnLeaf(held)
        && isIssuedFor(LONGEST_PUBLIC_LIFE, certificate)) {
      status = Status.INFO;
      text += "; issued for longer than the 200 days that browsers take from a public authority";
    }
    findings.add(Control.CERTIFICATE_VALIDITY, status, certificate.location(), text);
  }

  /** An authority that is out of its time is not relied on: no harm where there is another one. */
  private static Status outOfTime(HeldCertificate held, CheckResult observed) {
    Instant now = observed.now();
    boolean another =
        held.use().equals(TRUST)
            && observed.held().stream()
                .filter(each -> each.use().equals(TRUST))
                .filter(each -> each.owner().equals(held.owner()))
                .filter(each -> each.name().equals(held.name()))
                .map(HeldCertificate::info)
                .anyMatch(info -> !now.isBefore(info.notBefore()) && !now.isAfter(info.notAfter()));
    return another ? Status.WARN : Status.FAIL;
  }

  private static boolean isNearItsEnd(CertificateInfo certificate, CheckResult observed) {
    Duration left = Duration.between(observed.now(), certificate.notAfter());
    return certificate.warnings(observed.config().keys().expiryWarnings()).stream()
        .anyMatch(warning -> left.compareTo(warning) <= 0);
  }

  private static boolean isOwnLeaf(HeldCertificate held) {
    return held.position() == 0 && !held.use().equals(TRUST);
  }

  private static boolean isIssuedFor(Duration more, CertificateInfo certificate) {
    return Duration.between(certificate.notBefore(), certificate.notAfter()).compareTo(more) > 0;
  }

  private static void awaited(TlsListenerConfig listener, CheckResult observed, Findings findings) {
    Set<String> awaited = observed.awaited().getOrDefault(listener.name(), Set.of());
    if (!awaited.isEmpty()) {
      findings.warn(
          Control.CERTIFICATE_VALIDITY,
          listener.location(),
          "yet to be issued for " + String.join(", ", awaited));
    }
  }

  private static void stapling(
      TlsListenerConfig listener, CheckResult observed, Findings findings) {
    if (!listener.tls().stapling()) {
      findings.fail(
          Control.OCSP_STAPLING,
          listener.location(),
          "tls.stapling is off: clients that ask for the status of certificates get none");
      return;
    }
    Map<String, Boolean> stapled = observed.stapled().getOrDefault(listener.name(), Map.of());
    boolean any = false;
    for (HeldCertificate held : observed.held()) {
      if (held.owner().equals(listener.path()) && isOwnLeaf(held)) {
        any = true;
        Boolean required = stapled.get(held.info().fingerprint());
        if (required == null) {
          findings.unmet(
              Control.OCSP_STAPLING,
              held.info().location(),
              name(held)
                  + ": nothing to staple; it names no responder, which SP 800-52r2 section 3.2 asks"
                  + " for, or its issuer's certificate is not in the chain file");
        } else {
          findings.pass(
              Control.OCSP_STAPLING,
              held.info().location(),
              name(held) + ": stapled" + (required ? ", as it demands (must-staple)" : ""));
        }
      }
    }
    if (!any) {
      findings.info(Control.OCSP_STAPLING, listener.location(), "on; there is no certificate yet");
    }
  }
}
