# An instance of the job "web" for every 70 % of one instance’s CPU that all of them use.
scaling "web" {
  enabled = true
  min     = 1
  max     = 5

  policy {
    cooldown            = "5s"
    evaluation_interval = "2s"

    check "cpu" {
      source = "nomad-apm"
      query  = "sum_cpu-allocated"

      strategy "my-plugin" {
        per_instance = 70
        max_scale_up = 1
      }
    }

    target "nomad-target" {
      Job   = "web"
      Group = "app"
    }
  }
}
