package sallyport.gateway.runtime;

import java.util.List;
import javax.crypto.SecretKey;
import org.jspecify.annotations.Nullable;
import sallyport.config.GatewayConfig;
import sallyport.config.backend.BackendConfig;
import sallyport.config.backend.BackendConfig.EndpointsFileConfig;
import sallyport.config.backend.BackendConfig.Security.MutualTls;
import sallyport.config.backend.UpstreamTlsConfig;
import sallyport.config.backend.exception.ExceptionConfig;
import sallyport.config.backend.sticky.StickyConfig;
import sallyport.config.listener.TlsListenerConfig;
import sallyport.config.setting.Settings;
import sallyport.connect.endpoint.EndpointsFile;
import sallyport.credentials.keys.KeyOpener;
import sallyport.tls.server.ServerTls;
import sallyport.tls.upstream.UpstreamTls;

/**
 * The only opener of certificates, keys, trust, revocation lists, deny lists, ticket keys and files
 * of endpoints of listeners and backends: for the start, for each reload, and for the check of a
 * configuration. It blocks for as long as files, commands and tokens do.
 *
 * <p>One thread.
 */
public final class CredentialOpener {
  private final CredentialServices services;
  private final KeyOpener keys;

  /**
   * @param keys opens keys with the settings of the configuration to be opened
   */
  public CredentialOpener(CredentialServices services, KeyOpener keys) {
    this.services = services;
    this.keys = keys;
  }

  /**
   * Opens the certificates and keys of a configuration, in its order. Takes over those of a
   * listener or backend with the same settings in the runtime in use.
   *
   * @param before the runtime in use; null for none
   * @param problems takes a line for each problem
   * @return all that could be opened
   */
  public OpenedCredentials open(
      GatewayConfig config, @Nullable GatewayRuntime before, List<String> problems) {
    OpenedCredentials opened = new OpenedCredentials();
    try {
      for (TlsListenerConfig listener : config.tlsListeners()) {
        openServer(listener, before, opened, problems);
      }
      for (BackendConfig backend : config.backends().values()) {
        openUpstream(
            backend, before == null ? null : before.upstream(backend.name()), opened, problems);
      }
      return opened;
    } catch (RuntimeException unexpected) {
      opened.close();
      throw unexpected;
    }
  }

  private void openServer(
      TlsListenerConfig listener,
      @Nullable GatewayRuntime before,
      OpenedCredentials opened,
      List<String> problems) {
    ServerTls inUse = before == null ? null : before.server(listener.name());
    if (before != null
        && inUse != null
        && Settings.same(before.config().tlsListener(listener.name()), listener)) {
      opened.keep(inUse);
      return;
    }
    ServerTls tls =
        ServerTls.load(listener, keys, services.tls(), services.challenges(), inUse, problems);
    if (tls != null) {
      opened.add(tls);
    }
  }

  private void openUpstream(
      BackendConfig backend,
      @Nullable Upstream old,
      OpenedCredentials opened,
      List<String> problems) {
    ExceptionConfig exception = backend.exception();
    String problem = exception == null ? null : exception.problem(services.tls().clock().instant());
    if (problem != null) {
      problems.add(problem);
    }
    if (old != null && Settings.same(old.config(), backend)) {
      old.tls().ifPresent(opened::keep);
      return;
    }
    if (backend.security() instanceof MutualTls(UpstreamTlsConfig config)) {
      UpstreamTls tls = UpstreamTls.load(backend, config, keys, services.tls(), problems);
      if (tls != null) {
        opened.add(tls);
      }
    }
    EndpointsFileConfig endpoints = backend.endpointsFile();
    EndpointsFile file =
        endpoints == null ? null : EndpointsFile.open(backend, endpoints, problems);
    if (file != null) {
      opened.add(file);
    }
    StickyConfig sticky = backend.sticky();
    if (sticky.key() != null) {
      SecretKey key = keys.openMacKey(sticky.key(), sticky.keyLocation(), problems);
      if (key != null) {
        opened.addStickyKey(backend.name(), key);
      }
    }
  }
}
