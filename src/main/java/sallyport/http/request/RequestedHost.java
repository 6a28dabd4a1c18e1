package sallyport.http.request;

import sallyport.values.HostNames;

/**
 * Host that a request is for.
 *
 * @param name lower case, without a port; empty where the client has named none
 * @param text how the client has written it, with the port that it wrote; empty where it named none
 */
public record RequestedHost(String name, String text) {
  /** No host: only HTTP/1.0 may leave it out (RFC 9112 section 3.2). */
  static final RequestedHost NONE = new RequestedHost("", "");

  /** Returns whether the client has named a host. */
  public boolean isNamed() {
    return !name.isEmpty();
  }

  /**
   * Returns whether this is the host of the client's TLS handshake. A name of the root is the same
   * with the dot at its end, which SNI cannot have (RFC 6066 section 3).
   *
   * @param serverName the SNI, lower case
   */
  public boolean isServerName(String serverName) {
    return HostNames.withoutRoot(name).equals(serverName);
  }
}
