package sallyport.config.listener;

import sallyport.config.address.BindAddress;
import sallyport.config.http.HstsConfig;
import sallyport.config.http.Http2Config;
import sallyport.config.http.HttpRulesConfig;
import sallyport.config.problem.ConfigLocation;
import sallyport.config.setting.Section;
import sallyport.config.tls.ServerTlsConfig;

/** One listening socket: either plain and redirecting, or TLS and forwarding. */
public sealed interface ListenerConfig {
  /** The key below {@code gateway.listeners}; a metric tag and a log field. */
  String name();

  /** Where it listens. */
  BindAddress bind();

  /** Who may speak for others. */
  ProxiesConfig proxies();

  /** What one client, or all of them together, may use up. */
  LimitsConfig limits();

  /** Where the listener stands in the file. */
  ConfigLocation location();

  /**
   * Listener that answers plain HTTP with a redirect and never forwards.
   *
   * @param redirectTo the name of a {@link Tls} listener
   */
  record Redirect(
      String name,
      BindAddress bind,
      String redirectTo,
      ProxiesConfig proxies,
      @Section("limits") LimitsConfig limits,
      ConfigLocation location)
      implements ListenerConfig {}

  /**
   * Terminates TLS and forwards.
   *
   * @param publicPort the port that clients see, for redirects and X-Forwarded-Port: 1 to 65535, or
   *     0 for the bound one there and 443 here
   */
  record Tls(
      String name,
      BindAddress bind,
      int publicPort,
      @Section("tls") ServerTlsConfig tls,
      @Section("hsts") HstsConfig hsts,
      HttpRulesConfig http,
      @Section("http2") Http2Config http2,
      ProxiesConfig proxies,
      @Section("limits") LimitsConfig limits,
      ConfigLocation location)
      implements ListenerConfig {}
}
