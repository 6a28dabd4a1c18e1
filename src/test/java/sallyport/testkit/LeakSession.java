package sallyport.testkit;

import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;

/** Installs the leak recorder before any test class is loaded. */
public final class LeakSession implements LauncherSessionListener {
  @Override
  public void launcherSessionOpened(LauncherSession session) {
    Leaks.install();
  }
}
