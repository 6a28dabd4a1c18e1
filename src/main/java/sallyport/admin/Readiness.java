package sallyport.admin;

import java.util.Set;
import java.util.function.Supplier;

/** Whether the gateway takes new work; set by its start and its stop, read by load balancers. */
public final class Readiness {
  /**
   * Names whose certificates have yet to be issued.
   *
   * @param serving whether each listener has another certificate meanwhile
   */
  public record Awaited(Set<String> names, boolean serving) {}

  private volatile String state = "starting";
  private volatile Supplier<Awaited> awaited = () -> new Awaited(Set.of(), true);

  /**
   * It serves.
   *
   * @param nothingBut what it cannot serve yet; asked each time
   */
  public void ready(Supplier<Awaited> nothingBut) {
    awaited = nothingBut;
    state = "ready";
  }

  /** It finishes what it has and takes nothing new. */
  public void draining() {
    state = "draining";
  }

  /**
   * What load balancers are told.
   *
   * @param text {@code starting}, {@code ready}, {@code awaiting-certificates} or {@code draining},
   *     and the names whose certificates have yet to be issued, a line each
   */
  record Page(boolean ready, String text) {}

  /** How it stands now. */
  Page page() {
    Awaited missing = awaited.get();
    String now = state;
    boolean up = now.equals("ready");
    StringBuilder text =
        new StringBuilder(up && !missing.serving() ? "awaiting-certificates" : now).append('\n');
    missing.names().forEach(name -> text.append("no certificate yet: ").append(name).append('\n'));
    return new Page(up && missing.serving(), text.toString());
  }
}
