package sallyport.loadtest;

import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.Optional;

/**
 * What a simulation aims at, from system properties.
 *
 * @param baseUrl {@code sallyport.url}, by default {@code https://localhost:8443}
 * @param path {@code sallyport.path}, by default {@code /hello}
 * @param admin {@code sallyport.admin}: the gateway's admin listener, whose counters prove what a
 *     simulation claims; by default {@code http://localhost:9901} where the URL is left out too,
 *     and none for anything else
 * @param mutual {@code sallyport.mutual}: a listener that demands client certificates; by default
 *     none
 * @param mutualName {@code sallyport.mutual-name}: what clients call that listener in SNI and Host,
 *     whatever its address is; by default its host. A name without a dot is not sent as SNI by
 *     Netty, and without it such a listener answers 421
 */
record Target(
    URI baseUrl, String path, Optional<URI> admin, Optional<URI> mutual, String mutualName) {
  /**
   * @throws IllegalArgumentException when one of them is on another machine and {@code
   *     sallyport.allow-remote} does not say that it is meant
   */
  static Target fromProperties() {
    String url = System.getProperty("sallyport.url", "");
    String admin =
        System.getProperty("sallyport.admin", url.isEmpty() ? "http://localhost:9901" : "");
    Target target =
        new Target(
            URI.create(url.isEmpty() ? "https://localhost:8443" : url),
            System.getProperty("sallyport.path", "/hello"),
            given(admin),
            given(System.getProperty("sallyport.mutual", "")),
            System.getProperty("sallyport.mutual-name", ""));
    refuseStranger(target.baseUrl);
    target.admin.ifPresent(Target::refuseStranger);
    target.mutual.ifPresent(Target::refuseStranger);
    return target;
  }

  private static Optional<URI> given(String url) {
    return url.isEmpty() ? Optional.empty() : Optional.of(URI.create(url));
  }

  /** The host of the base URL. */
  String host() {
    return baseUrl.getHost();
  }

  /** The port of the base URL, 443 where it names none. */
  int port() {
    return baseUrl.getPort() < 0 ? 443 : baseUrl.getPort();
  }

  /** A load test is an attack where nobody asked for it. */
  private static void refuseStranger(URI url) {
    try {
      boolean loopback = InetAddress.getByName(url.getHost()).isLoopbackAddress();
      if (!loopback && !Boolean.getBoolean("sallyport.allow-remote")) {
        throw new IllegalArgumentException(
            url + " is not on this machine; say -Dsallyport.allow-remote=true if it is yours");
      }
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException("no host " + url.getHost(), e);
    }
  }
}
