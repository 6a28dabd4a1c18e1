package sallyport.gateway.runtime;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import sallyport.config.GatewayConfig;
import sallyport.config.listener.TlsListenerConfig;
import sallyport.credentials.certificates.Role;
import sallyport.credentials.keys.KeyOpener;
import sallyport.credentials.rotation.Rotatable;
import sallyport.credentials.rotation.RotationSubject;
import sallyport.gateway.maintenance.MaintenanceFile;
import sallyport.observe.access.AccessLog;
import sallyport.observe.metrics.GatewayMetrics;
import sallyport.tls.server.ServerTls;

/**
 * Runtime of one configuration. The next configuration gets another runtime, which may share parts
 * with this one. Immutable. Any thread.
 *
 * @param upstreams by the names of the backends
 * @param listeners by the names of the listeners, in the order of the file
 * @param admin TLS of admin listeners by their names
 * @param maintenance files of routes
 */
public record GatewayRuntime(
    GatewayConfig config,
    KeyOpener keys,
    AccessLog accessLog,
    Map<String, Upstream> upstreams,
    Map<String, RunningListener> listeners,
    Map<String, ServerTls> admin,
    List<MaintenanceFile> maintenance) {

  /** Returns the listener of this name; null when there is none. */
  @Nullable
  public RunningListener listener(String name) {
    return listeners.get(name);
  }

  /** Returns the TLS of the listener of this name; null for a plain listener and for none. */
  public @Nullable ServerTls server(String name) {
    RunningListener listener = listeners.get(name);
    if (listener == null) {
      return admin.get(name);
    }
    return listener.service().servers().isEmpty() ? null : listener.service().servers().getFirst();
  }

  /** Returns the backend of this name; null when there is none. */
  @Nullable
  public Upstream upstream(String name) {
    return upstreams.get(name);
  }

  /** Returns TLS of the listeners that terminate it, and of the admin listeners. */
  public List<ServerTls> servers() {
    List<ServerTls> servers = new ArrayList<>();
    listeners.values().forEach(listener -> servers.addAll(listener.service().servers()));
    servers.addAll(admin.values());
    return servers;
  }

  /**
   * Returns the listeners whose clients are verified, and the backends that are, as metrics tag
   * them.
   */
  public Set<GatewayMetrics.Pair> peers() {
    Set<GatewayMetrics.Pair> peers = new HashSet<>();
    servers().stream()
        .filter(ServerTls::verifiesClients)
        .forEach(tls -> peers.add(new GatewayMetrics.Pair("client", tls.name())));
    upstreams.values().stream()
        .filter(upstream -> upstream.tls().isPresent())
        .forEach(
            upstream -> peers.add(new GatewayMetrics.Pair("backend", upstream.config().name())));
    return peers;
  }

  /** Returns the private keys, as metrics tag them. */
  public Set<GatewayMetrics.Pair> keysUsed() {
    Set<GatewayMetrics.Pair> used = new HashSet<>();
    for (TlsListenerConfig listener : config.tlsListeners()) {
      listener
          .tls()
          .certificates()
          .forEach(key -> used.add(new GatewayMetrics.Pair(Role.SERVER.label(), key.label())));
    }
    config
        .backends()
        .values()
        .forEach(
            backend ->
                backend
                    .tls()
                    .ifPresent(
                        tls ->
                            used.add(
                                new GatewayMetrics.Pair(
                                    Role.CLIENT.label(), tls.certificate().label()))));
    return used;
  }

  /** Returns all that was opened from files and can rotate, with what follows each rotation. */
  public List<RotationSubject> subjects() {
    List<RotationSubject> subjects = new ArrayList<>();
    servers().forEach(tls -> subjects.addAll(RotationSubjects.of(tls)));
    upstreams.values().forEach(upstream -> subjects.addAll(RotationSubjects.of(upstream)));
    maintenance.forEach(file -> subjects.add(new RotationSubject(file, () -> {})));
    return subjects;
  }

  /** Returns all that was opened from files and can rotate. */
  public Set<Rotatable> rotatables() {
    return RotationSubjects.rotatables(subjects());
  }
}
