package sallyport.config.listener;

import java.util.List;
import sallyport.config.address.BindAddress;
import sallyport.config.certificate.CertificateConfig;
import sallyport.config.http.HstsConfig;
import sallyport.config.http.Http2Config;
import sallyport.config.http.HttpRulesConfig;
import sallyport.config.problem.ConfigLocation;
import sallyport.config.setting.Section;
import sallyport.config.stream.HelloConfig;
import sallyport.config.stream.StreamConfig;
import sallyport.config.tls.ServerTlsConfig;

/** Listener: its socket, its limits and its service. Each service has its own permitted type. */
public sealed interface ListenerConfig {
  /** The key below {@code gateway.listeners}; a metric tag and a log field. */
  String name();

  /** Address of the socket. */
  BindAddress bind();

  /** Proxies that may name the client. */
  ProxiesConfig proxies();

  /** Limits of one client, and of all clients. */
  LimitsConfig limits();

  /** Where the listener stands in the file. */
  ConfigLocation location();

  /** Returns the certificates that it has for clients; empty for plain connections. */
  List<CertificateConfig> certificates();

  /**
   * Redirect from plain HTTP to an {@link HttpProxy}. It never forwards a request.
   *
   * @param redirectTo the name of an {@link HttpProxy}
   */
  record Redirect(
      String name,
      BindAddress bind,
      String redirectTo,
      ProxiesConfig proxies,
      @Section("limits") LimitsConfig limits,
      ConfigLocation location)
      implements ListenerConfig {
    @Override
    public List<CertificateConfig> certificates() {
      return List.of();
    }
  }

  /** Reverse proxy for HTTP. */
  sealed interface Http extends ListenerConfig {
    /** Returns the rules for requests. */
    HttpRulesConfig http();
  }

  /**
   * Reverse proxy for HTTP/1.1 without TLS, at a loopback address: for senders on this machine.
   *
   * @param bind a literal loopback address
   */
  record LocalProxy(
      String name,
      BindAddress bind,
      HttpRulesConfig http,
      ProxiesConfig proxies,
      @Section("limits") LimitsConfig limits,
      ConfigLocation location)
      implements Http {
    @Override
    public List<CertificateConfig> certificates() {
      return List.of();
    }
  }

  /** Forwarder of TCP streams. */
  sealed interface Streams extends ListenerConfig {
    /** Returns where to, and for how long. */
    StreamConfig stream();
  }

  /**
   * Forwarder of TCP streams without TLS, at a loopback address: for senders on this machine.
   *
   * @param bind a literal loopback address
   * @param stream where to, and for how long; one backend, since nothing tells clients apart
   */
  record LocalStream(
      String name,
      BindAddress bind,
      @Section("") StreamConfig stream,
      ProxiesConfig proxies,
      @Section("limits") LimitsConfig limits,
      ConfigLocation location)
      implements Streams {
    @Override
    public List<CertificateConfig> certificates() {
      return List.of();
    }
  }

  /**
   * Forwarder of TLS that it does not open, by the server name of the ClientHello.
   *
   * @param hello limits of the ClientHello
   * @param stream where to, by names that are listed, and for how long
   */
  record PassThrough(
      String name,
      BindAddress bind,
      @Section("") HelloConfig hello,
      @Section("") StreamConfig stream,
      ProxiesConfig proxies,
      @Section("limits") LimitsConfig limits,
      ConfigLocation location)
      implements Streams {
    @Override
    public List<CertificateConfig> certificates() {
      return List.of();
    }
  }

  /** Listener that terminates TLS, for any service behind it. */
  sealed interface Tls extends ListenerConfig, TlsListenerConfig {
    @Override
    default List<CertificateConfig> certificates() {
      return tls().certificates();
    }
  }

  /**
   * Reverse proxy for HTTP/1.1 and HTTP/2 behind TLS.
   *
   * @param publicPort the port that clients see: 1 to 65535; 0 stands for the bound port in
   *     redirects, and for 443 in X-Forwarded-Port
   */
  record HttpProxy(
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
      implements Tls, Http {}

  /**
   * Forwarder of TCP streams behind TLS.
   *
   * @param stream where to, and for how long
   */
  record Stream(
      String name,
      BindAddress bind,
      @Section("tls") ServerTlsConfig tls,
      @Section("") StreamConfig stream,
      ProxiesConfig proxies,
      @Section("limits") LimitsConfig limits,
      ConfigLocation location)
      implements Tls, Streams {}
}
