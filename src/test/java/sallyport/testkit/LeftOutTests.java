package sallyport.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;

/**
 * Writes down each test that is left out for want of a program, by the program that it lacks, for
 * {@code src/build/LeftOutTests.java}. Of a class that is left out as a whole each method counts.
 */
public final class LeftOutTests implements TestExecutionListener {
  private static final Path FILE = Path.of("target", "left-out-tests");

  private TestPlan plan;

  @Override
  public void testPlanExecutionStarted(TestPlan started) {
    plan = started;
  }

  @Override
  public void executionFinished(TestIdentifier test, TestExecutionResult result) {
    if (result.getThrowable().orElse(null) instanceof Peers.Missing missing) {
      long methods =
          plan.getDescendants(test).stream()
              .filter(each -> plan.getChildren(each).isEmpty())
              .count();
      write(Collections.nCopies((int) Math.max(1, methods), missing.getMessage()));
    }
  }

  private static synchronized void write(Iterable<String> lines) {
    try {
      Files.createDirectories(FILE.getParent());
      Files.write(FILE, lines, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
