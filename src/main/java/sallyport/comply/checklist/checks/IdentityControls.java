package sallyport.comply.checklist.checks;

import java.time.LocalDate;
import java.time.ZoneOffset;
import sallyport.comply.checklist.control.CheckResult;
import sallyport.comply.checklist.control.Control;
import sallyport.comply.checklist.control.Findings;
import sallyport.credentials.certificates.HeldCertificate;

/** Control of the certificates that the gateway shows to backends. */
final class IdentityControls {
  /**
   * Chrome Root Program Policy 1.8: from this day on, certificates that chain to its roots are
   * issued for serverAuth alone.
   */
  private static final LocalDate SUNSET = LocalDate.of(2027, 3, 15);

  private IdentityControls() {}

  static void look(CheckResult observed, Findings findings) {
    for (HeldCertificate held : observed.held()) {
      if (held.use().equals("client") && held.position() == 0) {
        look(held, observed, findings);
      }
    }
    findings.none(
        Control.CLIENT_EKU_SUNSET, observed.at("backends"), "no certificate for a backend is held");
  }

  private static void look(HeldCertificate held, CheckResult observed, Findings findings) {
    String root = observed.publiclyIssued().get(held.info().fingerprint());
    String name = held.info().subject() + " in " + held.name();
    if (root == null) {
      findings.pass(
          Control.CLIENT_EKU_SUNSET,
          held.info().location(),
          name + ": its issuer is not in the JDK's trust store of public authorities");
      return;
    }
    LocalDate end = held.info().notAfter().atZone(ZoneOffset.UTC).toLocalDate();
    findings.warn(
        Control.CLIENT_EKU_SUNSET,
        held.info().location(),
        "%s: issued by a public authority (%s); it ends on %s, and from %s on such authorities issue none for clientAuth any more: have a private authority issue the next one"
            .formatted(name, root, end, SUNSET));
  }
}
