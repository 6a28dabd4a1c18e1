package sallyport.compliance;

import io.netty.handler.ssl.OpenSsl;
import java.net.InetAddress;
import sallyport.config.AccessLogConfig;
import sallyport.config.AuditLogConfig;
import sallyport.config.BindAddress;
import sallyport.config.ConfigLocation;
import sallyport.config.UnwritableLog;
import sallyport.logging.Log;
import sallyport.logging.LogSetup;

/** What is written down, who reaches the admin listener, and what cannot be seen from here. */
final class OperationControls {
  private OperationControls() {}

  static void look(Observed observed, Findings findings) {
    auditLog(observed, findings);
    accessLog(observed, findings);
    admin(observed, findings);
    findings.info(
        Control.VALIDATED_MODULE,
        observed.at("listeners"),
        "not met: " + library() + " is not a FIPS validated module");
    findings.info(
        Control.DATA_AT_REST,
        observed.at("backends"),
        "not observable here: the gateway stores no ePHI, backends do");
  }

  private static String library() {
    return OpenSsl.isAvailable() ? OpenSsl.versionString() + ", as it is shipped here," : "nothing";
  }

  private static void auditLog(Observed observed, Findings findings) {
    ConfigLocation at = observed.at("audit-log");
    if (isWritten(Control.AUDIT_LOG, Log.AUDIT, observed.auditLog(), at, findings)) {
      AuditLogConfig log = observed.config().auditLog();
      findings.pass(
          Control.AUDIT_LOG,
          at,
          "on; over "
              + log.linesPerSecond()
              + " lines a second of a kind, the others are one line with their number; "
              + whileUnwritable(log.unwritable()));
    }
  }

  private static void accessLog(Observed observed, Findings findings) {
    AccessLogConfig log = observed.config().accessLog();
    ConfigLocation at = observed.at("access-log");
    if (!log.enabled()) {
      findings.fail(Control.ACCESS_LOG, observed.at("access-log.enabled"), "off");
    } else if (isWritten(Control.ACCESS_LOG, Log.ACCESS, observed.accessLog(), at, findings)) {
      if (log.query()) {
        findings.warn(
            Control.ACCESS_LOG,
            observed.at("access-log.query"),
            "on, with query strings, which may carry patient data");
      } else {
        findings.pass(
            Control.ACCESS_LOG,
            at,
            "on, without query strings; " + whileUnwritable(log.unwritable()));
      }
    }
  }

  /** Whether lines are written, and none is lost without being counted; else finds so. */
  private static boolean isWritten(
      Control control, Log log, LogSetup setup, ConfigLocation at, Findings findings) {
    if (!setup.written()) {
      findings.fail(
          control,
          at,
          "the logging system leaves the logger sallyport." + log.tag() + " out; set it to INFO");
    } else if (!setup.problems().isEmpty()) {
      findings.fail(control, at, "lines are not written: " + String.join("; ", setup.problems()));
    } else if (!setup.waits().isEmpty()) {
      findings.warn(
          control,
          at,
          "lines go through "
              + String.join(", ", setup.waits())
              + ", where they can be lost uncounted, or requests wait for them; use"
              + " sallyport.logging.BatchingAppender with sallyport.logging.FileAppender");
    } else {
      return true;
    }
    return false;
  }

  private static String whileUnwritable(UnwritableLog rule) {
    return "while lines cannot be written, "
        + switch (rule) {
          case STOP_SERVING -> "nothing is served";
          case NOT_READY -> "the gateway is not ready, and those that are lost are counted";
          case CONTINUE -> "it serves, and those that are lost are counted";
        };
  }

  private static void admin(Observed observed, Findings findings) {
    BindAddress bind = observed.config().admin().bind();
    String text;
    Status status;
    try {
      InetAddress address = InetAddress.ofLiteral(bind.host());
      if (address.isLoopbackAddress()) {
        status = Status.PASS;
        text = "on loopback";
      } else if (address.isAnyLocalAddress()) {
        status = Status.FAIL;
        text =
            "on every address of this machine; it speaks plain HTTP and asks nobody who they are";
      } else if (isPrivate(address)) {
        status = Status.WARN;
        text = "on a private network; see to it that it is one for management";
      } else {
        status = Status.FAIL;
        text = "on a public address; it speaks plain HTTP and asks nobody who they are";
      }
    } catch (IllegalArgumentException name) {
      boolean local = bind.host().equalsIgnoreCase("localhost");
      status = local ? Status.PASS : Status.WARN;
      text = local ? "on loopback" : "what the name means is not asked here; write an address";
    }
    findings.add(Control.ADMIN_EXPOSURE, status, observed.at("admin.bind"), bind + " is " + text);
  }

  /** RFC 1918, RFC 3927, RFC 4193 and RFC 4291 section 2.5.6. */
  private static boolean isPrivate(InetAddress address) {
    byte[] octets = address.getAddress();
    return address.isSiteLocalAddress()
        || address.isLinkLocalAddress()
        || (octets.length == 16 && (octets[0] & 0xfe) == 0xfc);
  }
}
