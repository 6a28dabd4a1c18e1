package sallyport.cli;

import org.jspecify.annotations.Nullable;

/**
 * Reloads at each SIGHUP, from the first moment of a start on: one that comes before the gateway
 * serves is remembered, since what it reads by then may be older than the signal. Several of those
 * are one. Any thread.
 */
final class HangupSignal {
  private @Nullable Runnable reload;
  private boolean early;

  /** Takes over the signal for the rest of the process's life. */
  static HangupSignal install() {
    HangupSignal hangup = new HangupSignal();
    Signals.on("HUP", hangup::received);
    return hangup;
  }

  /**
   * The gateway serves. What has come before is done now.
   *
   * @param reload may wait for long; runs for each signal, on a thread of its own
   */
  void serving(Runnable reload) {
    boolean due;
    synchronized (this) {
      this.reload = reload;
      due = early;
    }
    if (due) {
      Thread.ofPlatform().daemon().name("sallyport-hangup").start(reload);
    }
  }

  /** It came; signals have threads of their own. */
  void received() {
    Runnable now;
    synchronized (this) {
      now = reload;
      early = true;
    }
    if (now != null) {
      now.run();
    }
  }
}
