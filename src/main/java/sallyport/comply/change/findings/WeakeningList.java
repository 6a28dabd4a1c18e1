package sallyport.comply.change.findings;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import sallyport.values.DurationText;
import sallyport.values.SizeText;

/** Collector of findings about one subject, such as {@code listener https}. */
public final class WeakeningList {
  private final String subject;
  private final List<String> lines;

  /**
   * @param lines takes a line for each finding
   */
  public WeakeningList(String subject, List<String> lines) {
    this.subject = subject;
    this.lines = lines;
  }

  public void add(String text) {
    lines.add(subject + ": " + text);
  }

  /** Adds a change of a value, for people. */
  public void changed(String key, @Nullable Object before, @Nullable Object after) {
    add(key + " " + before + " -> " + after);
  }

  /** A limit that must not be more. */
  public void raised(String key, long before, long after) {
    if (after > before) {
      changed(key, before, after);
    }
  }

  public void raised(String key, Duration before, Duration after) {
    if (after.compareTo(before) > 0) {
      changed(key, text(before), text(after));
    }
  }

  /** A number of bytes that must not be more. */
  public void raisedBytes(String key, long before, long after) {
    if (after > before) {
      changed(key, SizeText.of(before), SizeText.of(after));
    }
  }

  /** A share in percent that must not be more. */
  void raisedShare(String key, long before, long after) {
    if (after > before) {
      changed(key, before + "%", after + "%");
    }
  }

  /** A limit that must not be more, and that 0 switches off. */
  void raisedOrOff(String key, long before, long after) {
    if (before != 0 && (after == 0 || after > before)) {
      changed(key, before, after == 0 ? "no limit" : after);
    }
  }

  /** The same of a time. */
  void raisedOrOff(String key, Duration before, Duration after) {
    if (!before.isZero() && (after.isZero() || after.compareTo(before) > 0)) {
      changed(key, text(before), after.isZero() ? "never" : text(after));
    }
  }

  /** A number of bytes that is demanded and must not be less. */
  public void loweredBytes(String key, long before, long after) {
    if (after < before) {
      changed(key, SizeText.of(before), after == 0 ? "none" : SizeText.of(after));
    }
  }

  /** A demand that must not be less. */
  public void lowered(String key, Duration before, Duration after) {
    if (after.compareTo(before) < 0) {
      changed(key, text(before), text(after));
    }
  }

  /** A protection that must not be off. */
  public void switchedOff(String key, boolean before, boolean after) {
    if (before && !after) {
      changed(key, "on", "off");
    }
  }

  /** A danger that must not be on. */
  public void switchedOn(String key, boolean before, boolean after) {
    if (!before && after) {
      changed(key, "off", "on");
    }
  }

  /**
   * A set of those who may.
   *
   * @param all who may where the set is empty
   */
  public void wider(String key, Set<String> before, Set<String> after, String all) {
    if (after.isEmpty() && !before.isEmpty()) {
      add(key + " adds " + all);
    } else if (!before.isEmpty()) {
      Set<String> added = new TreeSet<>(after);
      added.removeAll(before);
      if (!added.isEmpty()) {
        add(key + " adds " + String.join(", ", added));
      }
    }
  }

  /** A set of what is let through. */
  public void with(String key, Set<String> before, Set<String> after) {
    Set<String> added = new TreeSet<>(after);
    added.removeAll(before);
    if (!added.isEmpty()) {
      add(key + " adds " + String.join(", ", added));
    }
  }

  /** A set of what is looked at. */
  public void without(String key, Set<String> before, Set<String> after) {
    Set<String> left = new TreeSet<>(before);
    left.removeAll(after);
    if (!left.isEmpty()) {
      add(key + " leaves out " + String.join(", ", left));
    }
  }

  /** One of a few words, of which each is looser than those before it. */
  public <E extends Enum<E>> void looser(String key, E before, E after, List<E> strictestFirst) {
    if (strictestFirst.indexOf(after) > strictestFirst.indexOf(before)) {
      changed(key, word(before), word(after));
    }
  }

  public static String word(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static String text(Duration time) {
    return DurationText.of(time, DurationText.Unit.values());
  }
}
