package sallyport.comply.checklist.checks;

import sallyport.comply.checklist.control.CheckResult;
import sallyport.comply.checklist.control.Findings;

/** All checks of the checklist. Stateless. */
public final class Checks {
  private Checks() {}

  /** Returns the evidence of every control. */
  public static Findings of(CheckResult observed) {
    Findings findings = new Findings();
    PolicyControls.look(observed, findings);
    CertificateControls.look(observed, findings);
    KeyControls.look(observed, findings);
    PeerControls.look(observed, findings);
    IdentityControls.look(observed, findings);
    ExceptionControls.look(observed, findings);
    ClinicalControls.look(observed, findings);
    ClientSideControls.look(observed, findings);
    OperationControls.look(observed, findings);
    return findings;
  }
}
