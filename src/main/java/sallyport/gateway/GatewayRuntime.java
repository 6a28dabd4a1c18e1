package sallyport.gateway;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import sallyport.config.GatewayConfig;
import sallyport.config.listener.ListenerConfig;
import sallyport.credentials.certificates.Role;
import sallyport.credentials.keys.KeyOpener;
import sallyport.credentials.rotation.Rotatable;
import sallyport.observe.access.AccessLog;
import sallyport.observe.metrics.GatewayMetrics;
import sallyport.tls.server.ServerTls;

/**
 * What a configuration became. Immutable: another configuration becomes another site, which may
 * share parts with this one.
 *
 * @param upstreams by the names of the backends
 * @param fronts by the names of the listeners, in the order of the file
 */
record GatewayRuntime(
    GatewayConfig config,
    KeyOpener keys,
    AccessLog accessLog,
    Map<String, Upstream> upstreams,
    Map<String, RunningListener> fronts) {

  /** TLS of the listeners that speak it. */
  List<ServerTls> servers() {
    List<ServerTls> servers = new ArrayList<>();
    for (RunningListener front : fronts.values()) {
      if (front.tls() != null) {
        servers.add(front.tls());
      }
    }
    return servers;
  }

  /** Listeners whose clients are verified, and backends, as metrics have them. */
  Set<GatewayMetrics.Pair> peers() {
    Set<GatewayMetrics.Pair> peers = new HashSet<>();
    servers().stream()
        .filter(ServerTls::verifiesClients)
        .forEach(tls -> peers.add(new GatewayMetrics.Pair("client", tls.name())));
    upstreams.keySet().forEach(name -> peers.add(new GatewayMetrics.Pair("backend", name)));
    return peers;
  }

  /** Private keys, as metrics have them. */
  Set<GatewayMetrics.Pair> keysUsed() {
    Set<GatewayMetrics.Pair> used = new HashSet<>();
    for (ListenerConfig listener : config.listeners().values()) {
      if (listener instanceof ListenerConfig.Tls tls) {
        tls.tls()
            .certificates()
            .forEach(key -> used.add(new GatewayMetrics.Pair(Role.SERVER.label(), key.label())));
      }
    }
    config
        .backends()
        .values()
        .forEach(
            backend ->
                used.add(
                    new GatewayMetrics.Pair(
                        Role.CLIENT.label(), backend.tls().certificate().label())));
    return used;
  }

  /** All that is opened from files. */
  List<Rotations.Subject> subjects() {
    List<Rotations.Subject> subjects = new ArrayList<>();
    servers().forEach(tls -> subjects.addAll(subjectsOf(tls)));
    upstreams.values().forEach(upstream -> subjects.addAll(subjectsOf(upstream)));
    return subjects;
  }

  /** The same, without what happens after each. */
  Set<Rotatable> rotatables() {
    Set<Rotatable> rotatables = new HashSet<>();
    subjects().forEach(subject -> rotatables.add(subject.rotatable()));
    return rotatables;
  }

  static List<Rotations.Subject> subjectsOf(ServerTls tls) {
    List<Rotations.Subject> subjects = new ArrayList<>();
    subjects.add(new Rotations.Subject(tls, tls::cutDenied));
    Rotatable tickets = tls.ticketKeys();
    if (tickets != null) {
      subjects.add(new Rotations.Subject(tickets, tls::useTicketKeys));
    }
    addDenials(tls, subjects);
    return subjects;
  }

  /** Adds what clients of a listener are denied by. */
  static void addDenials(ServerTls tls, List<Rotations.Subject> subjects) {
    for (Rotatable denial : new Rotatable[] {tls.revocationLists(), tls.denyList()}) {
      if (denial != null) {
        subjects.add(new Rotations.Subject(denial, tls::cutDenied));
      }
    }
  }

  static List<Rotations.Subject> subjectsOf(Upstream upstream) {
    List<Rotations.Subject> subjects = new ArrayList<>();
    Runnable renew = upstream.client()::renew;
    subjects.add(new Rotations.Subject(upstream.tls(), renew));
    Rotatable lists = upstream.tls().revocationLists();
    if (lists != null) {
      subjects.add(new Rotations.Subject(lists, renew));
    }
    return subjects;
  }
}
