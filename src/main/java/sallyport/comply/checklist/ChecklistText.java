package sallyport.comply.checklist;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import sallyport.comply.checklist.control.Clause;
import sallyport.comply.checklist.control.Control;
import sallyport.comply.checklist.control.Evidence;
import sallyport.comply.checklist.control.Finding;
import sallyport.comply.checklist.control.Status;

/**
 * Text form of the checklist: a line for each control, and a line for each further piece of
 * evidence.
 */
public final class ChecklistText {
  private static final String INDENT = "      ";

  private ChecklistText() {}

  /** Whole lines; the last one counts. */
  public static String of(Checklist checklist) {
    StringBuilder text = new StringBuilder();
    for (Finding finding : checklist.findings()) {
      List<Evidence> evidence = finding.evidence();
      Control control = finding.control();
      line(
          text,
          "%-4s  %s  %s  [%s]  %s"
              .formatted(
                  finding.status(),
                  control.id(),
                  control.title(),
                  control.clauses().stream()
                      .map(Clause::toString)
                      .collect(Collectors.joining("; ")),
                  evidence.getFirst()));
      for (Evidence more : evidence.subList(1, evidence.size())) {
        line(text, INDENT + "%-4s  %s".formatted(more.status(), more));
      }
    }
    Map<Status, Integer> counts = checklist.counts();
    text.append(counts.values().stream().mapToInt(Integer::intValue).sum()).append(" controls:");
    counts.forEach(
        (status, count) ->
            text.append(status == Status.PASS ? " " : ", ")
                .append(count)
                .append(' ')
                .append(status.name().toLowerCase(Locale.ROOT)));
    return text.append('\n').toString();
  }

  /** Names in certificates are chosen by others: no terminal is tempted. */
  private static void line(StringBuilder text, String line) {
    line.codePoints().forEach(c -> text.appendCodePoint(isPrintable(c) ? c : '?'));
    text.append('\n');
  }

  private static boolean isPrintable(int c) {
    return !Character.isISOControl(c) && Character.getType(c) != Character.FORMAT;
  }
}
