package sallyport.comply.checklist.control;

import java.util.Locale;

/** Status of a control, the best first. */
public enum Status {
  /** The control is met. */
  PASS,
  /**
   * Neither good nor bad: what is not there, cannot be seen from here, or is for people to judge.
   */
  INFO,
  /**
   * Met, and yet something should be done or known; or not met, by design or by choice, which the
   * text then says.
   */
  WARN,
  /** Not met, and reason enough not to serve like this. */
  FAIL;

  /** In lower case, for machines. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
