package sallyport.loadtest;

import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;

/**
 * What a simulation aims at, from system properties.
 *
 * @param baseUrl {@code sallyport.url}, by default {@code https://localhost:8443}
 * @param path {@code sallyport.path}, by default {@code /hello}
 */
record Target(URI baseUrl, String path) {
  static Target fromProperties() {
    Target target =
        new Target(
            URI.create(System.getProperty("sallyport.url", "https://localhost:8443")),
            System.getProperty("sallyport.path", "/hello"));
    target.refuseStrangers();
    return target;
  }

  /** A load test is an attack where nobody asked for it. */
  private void refuseStrangers() {
    try {
      boolean loopback = InetAddress.getByName(baseUrl.getHost()).isLoopbackAddress();
      if (!loopback && !Boolean.getBoolean("sallyport.allow-remote")) {
        throw new IllegalArgumentException(
            baseUrl + " is not on this machine; say -Dsallyport.allow-remote=true if it is yours");
      }
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException("no host " + baseUrl.getHost(), e);
    }
  }
}
