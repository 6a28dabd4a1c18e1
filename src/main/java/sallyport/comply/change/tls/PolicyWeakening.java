package sallyport.comply.change.tls;

import java.util.ArrayList;
import java.util.List;
import sallyport.comply.change.findings.WeakeningList;
import sallyport.config.tls.PolicyName;
import sallyport.tls.policy.TlsPolicy;

/** Comparison of TLS policies by the parameters that they permit. */
public final class PolicyWeakening {
  private PolicyWeakening() {}

  public static void find(PolicyName before, PolicyName after, WeakeningList findings) {
    TlsPolicy old = TlsPolicy.of(before);
    TlsPolicy next = TlsPolicy.of(after);
    List<String> added = new ArrayList<>();
    next.versions().stream()
        .filter(version -> !old.versions().contains(version))
        .forEach(version -> added.add(version.label()));
    added.addAll(beyond(old.suites13(), next.suites13()));
    added.addAll(beyond(old.suites12(), next.suites12()));
    next.groups().stream()
        .filter(group -> !old.groups().contains(group))
        .forEach(group -> added.add(group.label()));
    if (!added.isEmpty()) {
      findings.add(
          "tls.policy %s -> %s, which adds %s"
              .formatted(old.label(), next.label(), String.join(", ", added)));
    }
  }

  private static List<String> beyond(List<TlsPolicy.Suite> old, List<TlsPolicy.Suite> next) {
    return next.stream().filter(suite -> !old.contains(suite)).map(Enum::name).toList();
  }
}
