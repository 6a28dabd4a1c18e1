package sallyport.gateway.runtime;

import java.util.List;
import org.jspecify.annotations.Nullable;
import sallyport.config.GatewayConfig;
import sallyport.config.backend.BackendConfig;
import sallyport.config.listener.ListenerConfig;
import sallyport.config.setting.Settings;
import sallyport.credentials.keys.KeyOpener;
import sallyport.tls.server.ServerTls;
import sallyport.tls.upstream.UpstreamTls;

/**
 * The only opener of certificates, keys, trust, revocation lists, deny lists and ticket keys of
 * listeners and backends: for the start, for each reload, and for the check of a configuration.
 * Blocks for as long as files, commands and tokens do.
 */
public final class CredentialOpener {
  private final CredentialServices services;
  private final KeyOpener keys;

  /**
   * @param keys opens keys as the configuration to be opened has it
   */
  public CredentialOpener(CredentialServices services, KeyOpener keys) {
    this.services = services;
    this.keys = keys;
  }

  /**
   * Opens what the configuration names, in its order. Takes over what the runtime in use has for a
   * listener or backend with the same settings.
   *
   * @param before the runtime in use; null for none
   * @param problems takes a line for everything that is wrong
   * @return what could be opened
   */
  public OpenedCredentials open(
      GatewayConfig config, @Nullable GatewayRuntime before, List<String> problems) {
    OpenedCredentials opened = new OpenedCredentials();
    try {
      for (ListenerConfig listener : config.listeners().values()) {
        if (listener instanceof ListenerConfig.Tls tls) {
          openServer(tls, before == null ? null : before.listener(tls.name()), opened, problems);
        }
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
      ListenerConfig.Tls listener,
      @Nullable RunningListener old,
      OpenedCredentials opened,
      List<String> problems) {
    ServerTls inUse = old == null ? null : old.tls();
    if (old != null && inUse != null && Settings.same(old.config(), listener)) {
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
    if (old != null && Settings.same(old.config(), backend)) {
      opened.keep(old.tls());
      return;
    }
    UpstreamTls tls = UpstreamTls.load(backend, keys, services.tls(), problems);
    if (tls != null) {
      opened.add(tls);
    }
  }
}
