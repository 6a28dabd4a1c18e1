package sallyport.gateway.runtime;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import sallyport.connect.endpoint.EndpointsFile;
import sallyport.credentials.rotation.Rotatable;
import sallyport.credentials.rotation.RotationSubject;
import sallyport.tls.server.ServerTls;

/** Parts of listeners and backends that rotate, each with what follows a rotation. */
public final class RotationSubjects {
  private RotationSubjects() {}

  /** Returns what rotates, without what follows it. */
  static Set<Rotatable> rotatables(List<RotationSubject> subjects) {
    Set<Rotatable> rotatables = new LinkedHashSet<>();
    subjects.forEach(subject -> rotatables.add(subject.rotatable()));
    return rotatables;
  }

  /** Returns the parts of a listener's TLS that rotate. */
  static List<RotationSubject> of(ServerTls tls) {
    List<RotationSubject> subjects = new ArrayList<>();
    subjects.add(new RotationSubject(tls, tls::cutDenied));
    Rotatable tickets = tls.ticketKeys();
    if (tickets != null) {
      subjects.add(new RotationSubject(tickets, tls::useTicketKeys));
    }
    addDenials(tls, subjects);
    return subjects;
  }

  /** Adds the revocation lists and the deny list of a listener. */
  public static void addDenials(ServerTls tls, List<RotationSubject> subjects) {
    for (Rotatable denial : new Rotatable[] {tls.revocationLists(), tls.denyList()}) {
      if (denial != null) {
        subjects.add(new RotationSubject(denial, tls::cutDenied));
      }
    }
  }

  /** Returns the parts of a backend that rotate. */
  static List<RotationSubject> of(Upstream upstream) {
    List<RotationSubject> subjects = new ArrayList<>();
    Runnable renew = upstream.client()::renew;
    upstream
        .tls()
        .ifPresent(
            tls -> {
              subjects.add(new RotationSubject(tls, renew));
              Rotatable lists = tls.revocationLists();
              if (lists != null) {
                subjects.add(new RotationSubject(lists, renew));
              }
            });
    EndpointsFile file = upstream.endpointsFile();
    if (file != null) {
      subjects.add(new RotationSubject(file, () -> upstream.feed().use(file.endpoints())));
    }
    return subjects;
  }
}
