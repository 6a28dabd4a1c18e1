package sallyport.comply.change;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import sallyport.comply.change.findings.WeakeningList;
import sallyport.config.listener.ListenerConfig;

/** Comparison of a new listener, which has no counterpart, with those of its kind before. */
final class NewListener {
  /** Comparison of two listeners of one kind. */
  interface Comparison<L extends ListenerConfig> {
    void compare(L before, L after, WeakeningList findings);
  }

  private NewListener() {}

  /**
   * Compares a new listener with the one of those before that it loosens the least.
   *
   * @param first what is said where none of its kind was there before
   */
  static <L extends ListenerConfig> void measure(
      L added, Collection<L> before, Comparison<L> comparison, String first, List<String> lines) {
    List<String> least = null;
    for (L old : before) {
      List<String> looser = new ArrayList<>();
      comparison.compare(
          old,
          added,
          new WeakeningList(
              "listener " + added.name() + ": new, and looser than " + old.name(), looser));
      if (least == null || looser.size() < least.size()) {
        least = looser;
      }
    }
    if (least == null) {
      new WeakeningList("listener " + added.name(), lines).add(first);
    } else {
      lines.addAll(least);
    }
  }
}
