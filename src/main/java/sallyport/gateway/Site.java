package sallyport.gateway;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import sallyport.config.GatewayConfig;
import sallyport.keys.KeyOpener;
import sallyport.logging.AccessLog;
import sallyport.tls.Rotatable;
import sallyport.tls.ServerTls;

/**
 * What a configuration became. Immutable: another configuration becomes another site, which may
 * share parts with this one.
 *
 * @param upstreams by the names of the backends
 * @param fronts by the names of the listeners, in the order of the file
 */
record Site(
    GatewayConfig config,
    KeyOpener keys,
    AccessLog accessLog,
    Map<String, Upstream> upstreams,
    Map<String, Front> fronts) {

  /** TLS of the listeners that speak it. */
  List<ServerTls> servers() {
    List<ServerTls> servers = new ArrayList<>();
    for (Front front : fronts.values()) {
      if (front.tls() != null) {
        servers.add(front.tls());
      }
    }
    return servers;
  }

  /** All that is opened from files. */
  List<Rotations.Subject> subjects() {
    List<Rotations.Subject> subjects = new ArrayList<>();
    servers().forEach(tls -> subjects.addAll(subjectsOf(tls)));
    upstreams.values().forEach(upstream -> subjects.add(subjectOf(upstream)));
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
    addDenyList(tls, subjects);
    return subjects;
  }

  static void addDenyList(ServerTls tls, List<Rotations.Subject> subjects) {
    Rotatable denyList = tls.denyList();
    if (denyList != null) {
      subjects.add(new Rotations.Subject(denyList, tls::cutDenied));
    }
  }

  static Rotations.Subject subjectOf(Upstream upstream) {
    return new Rotations.Subject(upstream.tls(), upstream.client()::renew);
  }
}
