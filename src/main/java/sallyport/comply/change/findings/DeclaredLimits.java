package sallyport.comply.change.findings;

import java.lang.reflect.RecordComponent;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import sallyport.config.setting.DeclaredLimit;
import sallyport.config.setting.Section;
import sallyport.config.setting.Settings;

/** Loosened limits, by the direction that their declarations give. */
public final class DeclaredLimits {
  private DeclaredLimits() {}

  /**
   * Compares the limits of two records of one type, and those of their sections.
   *
   * @param prefix of the keys, such as {@code limits.}; empty: none
   */
  public static void find(String prefix, Record before, Record after, WeakeningList findings) {
    List<DeclaredLimit> limits = DeclaredLimit.of(before.getClass());
    for (RecordComponent component : before.getClass().getRecordComponents()) {
      DeclaredLimit limit = DeclaredLimit.of(component);
      Section section = component.getAnnotation(Section.class);
      if (limit != null && isInEffect(limit, limits, before) && isInEffect(limit, limits, after)) {
        compare(prefix + limit.limit().key(), limit, limit.in(before), limit.in(after), findings);
      } else if (section != null
          && section.apart().isEmpty()
          && Settings.value(component, before) instanceof Record old
          && Settings.value(component, after) instanceof Record next
          && old.getClass() == next.getClass()) {
        String key = section.value();
        find(key.isEmpty() ? prefix : prefix + key + ".", old, next, findings);
      }
    }
  }

  private static boolean isInEffect(DeclaredLimit limit, List<DeclaredLimit> all, Record record) {
    return all.stream()
        .filter(other -> other.limit().key().equals(limit.limit().unlessZero()))
        .noneMatch(other -> other.in(record) instanceof Number number && number.longValue() == 0);
  }

  private static void compare(
      String key,
      DeclaredLimit limit,
      @Nullable Object before,
      @Nullable Object after,
      WeakeningList findings) {
    if (before instanceof Duration old && after instanceof Duration next) {
      switch (limit.limit().looser()) {
        case RAISED -> findings.raised(key, old, next);
        case RAISED_OR_ZERO -> findings.raisedOrOff(key, old, next);
        case LOWERED -> findings.lowered(key, old, next);
        case NEVER, ELSEWHERE -> {}
      }
    } else if (before instanceof Number old && after instanceof Number next) {
      compare(key, limit, old.longValue(), next.longValue(), findings);
    }
  }

  private static void compare(
      String key, DeclaredLimit limit, long before, long after, WeakeningList findings) {
    switch (limit.limit().looser()) {
      case RAISED -> {
        switch (limit.kind()) {
          case SIZE -> findings.raisedBytes(key, before, after);
          case SHARE -> findings.raisedShare(key, before, after);
          case TIME, COUNT -> findings.raised(key, before, after);
        }
      }
      case RAISED_OR_ZERO -> findings.raisedOrOff(key, before, after);
      case LOWERED -> findings.loweredBytes(key, before, after);
      case NEVER, ELSEWHERE -> {}
    }
  }
}
