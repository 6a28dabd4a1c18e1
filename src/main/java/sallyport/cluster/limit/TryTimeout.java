package sallyport.cluster.limit;

/**
 * Time limits of the attempts of one request, from the request to the head of its response: each
 * attempt has one of its own, and all together have that of the response.
 *
 * <p>Belongs to one exchange. Times are of one clock, in nanoseconds.
 */
public final class TryTimeout {
  private final long tryNanos;

  /** Whether {@link #end} is set, by the first attempt. */
  private boolean begun;

  /** When the time of all attempts is over. */
  private long end;

  /** Whether the present attempt has all the time that is left. */
  private boolean waitsOn;

  /**
   * @param tryNanos the time of each attempt, above 0
   */
  public TryTimeout(long tryNanos) {
    this.tryNanos = tryNanos;
  }

  /**
   * Returns how long the present attempt may take from now on, above 0.
   *
   * @param responseNanos the time of all attempts, which the first call begins
   */
  public long left(long now, long responseNanos) {
    if (!begun) {
      begun = true;
      end = now + responseNanos;
    }
    long whole = Math.max(1, end - now);
    return waitsOn ? whole : Math.min(tryNanos, whole);
  }

  /** Returns whether the time of all attempts is over. */
  public boolean isOver(long now) {
    return begun && end - now <= 0;
  }

  /** Gives the present attempt all the time that is left. */
  public void waitOn() {
    waitsOn = true;
  }

  /**
   * Begins the time of the response again, all of it for the present attempt: its endpoint has sent
   * an interim response, so that it works on the request.
   */
  public void renew() {
    begun = false;
    waitsOn = true;
  }

  /** Begins another attempt. */
  public void next() {
    waitsOn = false;
  }
}
