package sallyport.comply.checklist;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import sallyport.comply.checklist.checks.Checks;
import sallyport.comply.checklist.control.CheckResult;
import sallyport.comply.checklist.control.Control;
import sallyport.comply.checklist.control.Evidence;
import sallyport.comply.checklist.control.Finding;
import sallyport.comply.checklist.control.Status;

/**
 * Result of each control.
 *
 * @param findings one for each control, in their order
 */
public record Checklist(CheckResult observed, List<Finding> findings) {

  /** Holds what was seen against every control. */
  public static Checklist of(CheckResult observed) {
    return new Checklist(observed, Checks.of(observed).all());
  }

  /** Whether no control fails. */
  public boolean passes() {
    return findings.stream().noneMatch(finding -> finding.status() == Status.FAIL);
  }

  /** Controls that something shows not to be met; more than those that fail. */
  public List<Control> unmet() {
    return findings.stream()
        .filter(finding -> finding.evidence().stream().anyMatch(Evidence::unmet))
        .map(Finding::control)
        .toList();
  }

  /** How many controls there are of each status. */
  public Map<Status, Integer> counts() {
    Map<Status, Integer> counts = new EnumMap<>(Status.class);
    for (Status status : Status.values()) {
      counts.put(status, 0);
    }
    findings.forEach(finding -> counts.merge(finding.status(), 1, Integer::sum));
    return counts;
  }
}
