package sallyport.cli.signal;

import org.jspecify.annotations.Nullable;

/**
 * SIGHUP of a process, which reloads the configuration. A signal before the gateway serves is
 * remembered, because the configuration may have been read before it. Several of those are one
 * reload. Any thread.
 */
public final class HangupSignal {
  private @Nullable Runnable reload;
  private boolean early;

  /** Handles the signal until the process ends. */
  public static HangupSignal install() {
    HangupSignal hangup = new HangupSignal();
    Signals.on("HUP", hangup::received);
    return hangup;
  }

  /**
   * Reloads from now on, and at once if a signal came before. Called once, when the gateway serves.
   *
   * @param reload blocks until the reload has ended; runs on a thread of its own for each signal
   */
  public void serving(Runnable reload) {
    boolean due;
    synchronized (this) {
      this.reload = reload;
      due = early;
    }
    if (due) {
      Thread.ofPlatform().daemon().name("sallyport-hangup").start(reload);
    }
  }

  /** Handles one signal. Called on the thread of the signal. */
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
