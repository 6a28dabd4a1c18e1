package sallyport.admin;

/** Whether the gateway takes new work; set by its start and its stop, read by load balancers. */
public final class Readiness {
  private volatile String state = "starting";

  /** It serves. */
  public void ready() {
    state = "ready";
  }

  /** It finishes what it has and takes nothing new. */
  public void draining() {
    state = "draining";
  }

  /** {@code starting}, {@code ready} or {@code draining}. */
  public String state() {
    return state;
  }

  boolean isReady() {
    return state.equals("ready");
  }
}
