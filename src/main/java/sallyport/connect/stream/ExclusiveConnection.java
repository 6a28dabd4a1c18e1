package sallyport.connect.stream;

/**
 * Connection to a backend that carries one exchange at a time, and can be kept for one client's
 * connection.
 *
 * <p>Every call must run on its event loop.
 */
public interface ExclusiveConnection extends ClientStream {
  /**
   * Keeps the connection for one client's connection from now on: it returns to no pool, and its
   * keeper calls {@link #abort} in the end.
   */
  void hold();

  /** Returns whether a held connection can carry another exchange, now or after the present one. */
  boolean isUsable();

  /** Returns whether a held connection can carry another exchange now. */
  boolean isIdle();

  /** Calls the listener once a held connection is idle, or has ended. */
  void whenIdle(ConnectListener listener);
}
