package sallyport.gateway.reload;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Refusal of a configuration: what is wrong, and what is less strict than before. */
final class ReloadRefused extends Exception {
  private static final long serialVersionUID = 1L;

  private final transient List<String> problems;
  private final transient List<String> loosened;

  ReloadRefused(List<String> problems, List<String> loosened) {
    super(String.join("\n", problems));
    this.problems = problems;
    this.loosened = loosened;
  }

  /**
   * Refuses a configuration that has problems, or is less strict without a reason.
   *
   * @param reason why security may be loosened; null when it may not
   */
  static void whenNeeded(List<String> problems, List<String> loosened, @Nullable String reason)
      throws ReloadRefused {
    List<String> all = new ArrayList<>(problems);
    if (reason == null) {
      loosened.forEach(
          what -> all.add("less strict, which needs allow-weaken with a reason: " + what));
    }
    if (!all.isEmpty()) {
      throw new ReloadRefused(all, reason == null ? List.copyOf(loosened) : List.of());
    }
  }

  List<String> problems() {
    return problems;
  }

  List<String> loosened() {
    return loosened;
  }
}
