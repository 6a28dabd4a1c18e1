package sallyport.comply.checklist.control;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import sallyport.config.problem.ConfigLocation;

/** Collector of evidence for each control. */
public final class Findings {
  private final Map<Control, List<Evidence>> seen = new EnumMap<>(Control.class);

  public void pass(Control control, ConfigLocation where, String text) {
    add(control, Status.PASS, where, text);
  }

  public void info(Control control, ConfigLocation where, String text) {
    add(control, Status.INFO, where, text);
  }

  public void warn(Control control, ConfigLocation where, String text) {
    add(control, Status.WARN, where, text);
  }

  public void fail(Control control, ConfigLocation where, String text) {
    add(control, Status.FAIL, where, text);
  }

  /** A warning of what is not met by design or by choice, and no reason to fail. */
  public void unmet(Control control, ConfigLocation where, String text) {
    add(control, new Evidence(Status.WARN, where, "not met: " + text, /* unmet= */ true));
  }

  public void add(Control control, Status status, ConfigLocation where, String text) {
    add(control, new Evidence(status, where, text, status == Status.FAIL));
  }

  private void add(Control control, Evidence evidence) {
    seen.computeIfAbsent(control, c -> new ArrayList<>()).add(evidence);
  }

  /** Says it where nothing was seen of a control, because there is nothing of the kind. */
  public void none(Control control, ConfigLocation where, String text) {
    if (!seen.containsKey(control)) {
      info(control, where, text);
    }
  }

  /** One for each control, in their order. */
  public List<Finding> all() {
    List<Finding> all = new ArrayList<>();
    for (Control control : Control.values()) {
      all.add(new Finding(control, seen.getOrDefault(control, List.of())));
    }
    return all;
  }
}
