package sallyport.comply.checklist.control;

import java.util.Comparator;
import java.util.List;

/**
 * Result of one control.
 *
 * @param evidence what was seen, the worst first; at least one
 */
public record Finding(Control control, List<Evidence> evidence) {
  /** Checks that there is evidence: a control that was not checked is not met. */
  public Finding {
    if (evidence.isEmpty()) {
      throw new IllegalArgumentException(control + " without evidence");
    }
    evidence = evidence.stream().sorted(Comparator.comparing(Evidence::status).reversed()).toList();
  }

  /** The worst of what was seen. */
  public Status status() {
    return evidence.getFirst().status();
  }
}
