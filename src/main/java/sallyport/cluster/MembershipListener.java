package sallyport.cluster;

/**
 * Listener to the endpoints of a cluster, which come and go with the addresses of names.
 *
 * <p>Calls come one at a time, on the thread of the change, and must not block.
 */
public interface MembershipListener {
  /** Reports an endpoint that requests may go to from now on. */
  void joined(Endpoint endpoint);

  /**
   * Reports an endpoint that has left: no request chooses it any more. Requests that chose it
   * before may still open connections to it.
   */
  void left(Endpoint endpoint);
}
